import { $, make, plural, soon } from "./dom.js";
import { Classes, histogram, Objects } from "./lists.js";
import { Painter } from "./painter.js";
import { answerNow, countText, errorNow, over, shapes, sizeNow, state, stylesOf, visible, wantedClass } from "./state.js";
import { Strip } from "./strip.js";
import { View } from "./view.js";

/** Makes the page look as `state` says. `acts`: what people do in the lists: choose(shape),
 * point(shape), step(by), toggle(name), open(picture). */
export class Page {
  view = new View($("stage"), () => this.paint());
  #painter = new Painter($("overlay"));

  constructor(acts) {
    this.objects = new Objects(acts);
    this.#classes = new Classes(acts.toggle);
    this.#strip = new Strip(acts.open);
  }
  #classes;
  #strip;

  /** All of it, before the next frame. */
  render = soon(() => {
    const all = shapes();
    const shown = visible();
    if (!shown.includes(state.chosen)) state.chosen = null;
    if (!shown.includes(state.pointed)) state.pointed = null;
    this.#parts();
    this.#showClasses(all);
    this.#showThreshold(all);
    this.#showObjects(all, shown);
    this.#strip.show(state.pictures, state.current, countText);
    this.paint();
  });

  /** Only the picture. */
  paint = soon(() => {
    const size = sizeNow();
    const image = $("picture");
    image.style.transform = `translate(${this.view.x}px, ${this.view.y}px) scale(${this.view.scale})`;
    image.style.width = `${size[0]}px`;
    image.style.height = `${size[1]}px`;
    image.classList.toggle("pixels", this.view.scale >= 6);
    $("zoom").textContent = `${Math.round(this.view.scale * 100)} %`;
    const options = { captions: $("captions").checked, fill: $("fill").checked };
    this.#painter.draw(visible(), this.view, size, state.pointed ?? state.chosen, options);
  });

  /** The shape under a pointer event, or null. */
  under(event) {
    return this.#painter.hit(visible(), ...this.view.at(event), 4 / this.view.scale);
  }

  /** Which parts of the page are there. */
  #parts() {
    const has = Boolean(answerNow());
    document.querySelector("main").dataset.state = state.current ? "open" : "empty";
    $("welcome").hidden = Boolean(state.current);
    $("tools").hidden = !state.current;
    for (const id of ["classes-part", "objects-part", "export-part"]) $(id).hidden = !has;
    $("name").textContent = state.current?.name ?? "";
    const { name, task, family } = state.model ?? {};
    $("facts").textContent = [name, task, family].filter(Boolean).join(", ");
  }

  /** `looking`: whether the picture in view is being asked for. */
  busy(looking) {
    $("busy").hidden = !looking || Boolean(answerNow());
    $("stage").setAttribute("aria-busy", String(looking));
  }

  #showClasses(all) {
    const counts = tally(all.filter(over));
    const found = new Set(all.map((shape) => shape.label));
    const styles = state.model ? stylesOf(state.model) : new Map();
    const known = (state.model?.labels ?? []).map((label) => label.name).filter((name) => found.has(name));
    this.#classes.show(new Map(known.map((name) => [name, styles.get(name)])), counts, state.off);
  }

  #showThreshold(all) {
    histogram(all.filter(wantedClass), state.threshold);
    $("threshold").value = state.threshold;
    $("threshold-text").textContent = state.threshold.toFixed(2);
  }

  #showObjects(all, shown) {
    this.objects.show(shown, state.chosen, state.pointed);
    $("nothing").hidden = shown.length > 0;
    $("nothing").textContent = all.length
      ? "No object of these classes has this score."
      : "The model sees nothing in this picture.";
    const list = [...tally(shown)].map(([label, count]) => `${count} ${label}`).join(", ");
    $("picture").alt = [state.current?.name, list].filter(Boolean).join(": ");
    $("status").textContent = status(shown.length, all.length);
  }
}

function tally(shapes) {
  const counts = new Map();
  for (const { label } of shapes) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function status(shown, all) {
  const answer = answerNow();
  if (!state.current) return "No picture yet.";
  if (errorNow()) return "No answer.";
  if (!answer) return "Looking …";
  const time = `${Math.round(answer.seconds * 1000).toLocaleString("en")} ms`;
  return `${shown === all ? "" : `${shown.toLocaleString("en")} of `}${plural(all, "object")}, ${time}`;
}

/** The models to choose from, the one in use chosen. */
export function showModels() {
  const option = ({ name, problem }) =>
    make("option", { value: name, text: problem ? `${name} (cannot be used)` : name });
  $("model").replaceChildren(...state.models.map(option));
  $("model").value = state.model.name;
}
