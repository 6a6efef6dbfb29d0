/** A picture of the user, and what each model said of it. */
export class Picture {
  /** Model -> answer of the API. */
  answers = new Map();
  /** Model -> ApiError. */
  errors = new Map();
  /** [width, height] as the browser sees it, null where it cannot show it. */
  size = null;

  constructor(file) {
    this.file = file;
    this.name = file.name || "pasted picture";
    this.url = URL.createObjectURL(file);
  }

  close() {
    URL.revokeObjectURL(this.url);
  }
}

const TRIES = 5;

/** Asks the server for what is missing, one picture at a time.
 *
 * `wanted()` names the next {picture, model} or null; `predict(file, model, signal)` asks; `settled`
 * is told after each answer or failure. A busy server is asked again after the time it names. */
export class Asking {
  #wanted;
  #predict;
  #settled;
  #running = null;
  #tries = new Map();

  constructor({ wanted, predict, settled }) {
    this.#wanted = wanted;
    this.#predict = predict;
    this.#settled = settled;
  }

  /** The {picture, model} that is being looked at, or null. */
  get now() {
    return this.#running;
  }

  /** Go on with what is wanted now; what is no longer wanted first is given up. */
  async go() {
    const next = this.#wanted();
    const same = next?.picture === this.#running?.picture && next?.model === this.#running?.model;
    if (this.#running && (same || !next)) return;
    this.#running?.controller.abort();
    if (!next) return;
    const task = { ...next, controller: new AbortController() };
    this.#running = task;
    await this.#ask(task);
    if (this.#running !== task) return;
    this.#running = null;
    this.#settled(task);
    this.go();
  }

  async #ask({ picture, model, controller }) {
    try {
      picture.answers.set(model, await this.#predict(picture.file, model, controller.signal));
      this.#tries.delete(picture);
    } catch (error) {
      if (controller.signal.aborted) return;
      picture.errors.set(model, error);
      if (error.wait !== null && error.wait !== undefined) this.#later(picture, model, error);
    }
  }

  #later(picture, model, error) {
    const tried = (this.#tries.get(picture) ?? 0) + 1;
    this.#tries.set(picture, tried);
    error.again = tried < TRIES;
    if (!error.again) return this.#tries.delete(picture);
    setTimeout(() => {
      if (picture.errors.get(model) !== error) return;
      picture.errors.delete(model);
      this.#settled({ picture, model });
      this.go();
    }, error.wait * 1000);
  }
}
