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

/** Ask for an API key; `given` gets it. A second question while one is open changes nothing. */
export class KeyQuestion {
  constructor(given) {
    $("key-form").addEventListener("submit", (event) => {
      event.preventDefault();
      $("key-dialog").close();
      given($("key").value.trim());
      $("key").value = "";
    });
    $("key-cancel").addEventListener("click", () => $("key-dialog").close());
  }

  /** `refused`: there was a key, and it was wrong. */
  ask(refused) {
    if ($("key-dialog").open) return;
    $("key-title").textContent = refused ? "The server refuses this API key" : "This server asks for an API key";
    $("key-dialog").showModal();
  }
}
