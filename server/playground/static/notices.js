import { $ } from "./dom.js";

/** The line that says what went wrong; `again` repeats what failed, where that makes sense. */
export class Notice {
  #again = null;

  constructor() {
    $("again").addEventListener("click", () => {
      const act = this.#again;
      this.hide();
      act?.();
    });
    $("dismiss").addEventListener("click", () => this.hide());
  }

  show(text, again = null) {
    this.#again = again;
    $("notice-text").textContent = text;
    $("again").hidden = !again;
    $("notice").hidden = false;
  }

  hide() {
    $("notice").hidden = true;
    $("notice-text").textContent = "";
  }
}

/** Ask for an API key: `given` gets it, `left` is told when none is given. */
export class KeyQuestion {
  #value = "";

  constructor(given, left) {
    $("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#value = $("key").value.trim();
      $("key-dialog").close();
    });
    $("key-cancel").addEventListener("click", () => $("key-dialog").close());
    $("key-dialog").addEventListener("close", () => {
      const value = this.#value;
      this.#value = $("key").value = "";
      if (value) given(value);
      else left();
    });
  }

  /** `refused`: there was a key, and it was wrong. A question that is open stays as it is. */
  ask(refused) {
    if ($("key-dialog").open) return;
    $("key-title").textContent = refused ? "The server refuses this API key" : "This server asks for an API key";
    $("key-dialog").showModal();
  }
}
