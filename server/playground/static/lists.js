import { $, make } from "./dom.js";
import { facts, spoken } from "./shapes.js";

const swatch = (colour) => {
  const dot = make("i", { class: "swatch", "aria-hidden": "true" });
  dot.style.background = colour;
  return dot;
};

/** The buttons that switch classes on and off. */
export class Classes {
  #toggle;
  #chips = new Map();

  constructor(toggle) {
    this.#toggle = toggle;
  }

  /** `styles` of the classes that can be switched, by name; `counts` of objects above the
   * threshold; `off` the names that are switched off. */
  show(styles, counts, off) {
    if ([...styles.keys()].join("\n") !== [...this.#chips.keys()].join("\n")) this.#make(styles);
    for (const [name, chip] of this.#chips) {
      chip.setAttribute("aria-pressed", String(!off.has(name)));
      chip.querySelector("b").textContent = (counts.get(name) ?? 0).toLocaleString("en");
    }
  }

  #make(styles) {
    this.#chips = new Map([...styles].map(([name, { colour }]) => [name, this.#chip(name, colour)]));
    $("classes").replaceChildren(...[...this.#chips.values()].map((chip) => make("li", {}, chip)));
  }

  #chip(name, colour) {
    const button = make("button", { type: "button", class: "chip", onclick: () => this.#toggle(name) });
    button.append(swatch(colour), make("span", { text: name }), " ", make("b"));
    return button;
  }
}

/** The list of objects: one is chosen by click or arrow keys, one may be pointed at. */
export class Objects {
  #list = $("objects");
  #shown = [];
  #chosen = null;

  constructor({ choose, point, step }) {
    const shapeOf = (event) => this.#shown[event.target.closest("[role=option]")?.dataset.at];
    this.#list.addEventListener("click", (event) => choose(shapeOf(event) ?? null));
    this.#list.addEventListener("pointerover", (event) => point(shapeOf(event) ?? null));
    this.#list.addEventListener("pointerleave", () => point(null));
    this.#list.addEventListener("keydown", (event) => {
      const by = { Home: -Infinity, End: Infinity, PageUp: -10, PageDown: 10 }[event.key];
      if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      step(by);
    });
  }

  show(shapes, chosen, pointed) {
    const same = shapes.length === this.#shown.length && shapes.every((shape, i) => shape === this.#shown[i]);
    if (!same) this.#list.replaceChildren(...shapes.map(row));
    this.#shown = shapes;
    for (const option of this.#list.children) {
      const shape = shapes[option.dataset.at];
      option.setAttribute("aria-selected", String(shape === chosen));
      option.classList.toggle("pointed", shape === pointed);
    }
    const at = shapes.indexOf(chosen);
    if (at >= 0) this.#list.setAttribute("aria-activedescendant", this.#list.children[at].id);
    else this.#list.removeAttribute("aria-activedescendant");
    this.#list.hidden = shapes.length === 0;
    if (chosen !== this.#chosen) this.#reveal(at);
    this.#chosen = chosen;
    details(chosen);
  }

  // the list scrolls, the page does not
  #reveal(at) {
    const row = this.#list.children[at];
    if (!row) return;
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    if (top < this.#list.scrollTop) this.#list.scrollTop = top;
    else if (bottom > this.#list.scrollTop + this.#list.clientHeight)
      this.#list.scrollTop = bottom - this.#list.clientHeight;
  }
}

function row(shape, at) {
  return make(
    "li",
    { role: "option", id: `object-${shape.index}`, "data-at": at, "aria-label": spoken(shape) },
    swatch(shape.colour),
    make("span", { text: shape.label }),
    make("b", { text: shape.score === null ? "" : shape.score.toFixed(2) }),
  );
}

function details(shape) {
  $("details").hidden = !shape;
  const rows = shape ? facts(shape) : [];
  $("details").replaceChildren(
    ...rows.flatMap(([name, text]) => [make("dt", { text: name }), make("dd", { text })]),
  );
}

const BINS = 19;

/** How many objects there are at each score, 0.05 to 1, beside the threshold. */
export function histogram(shapes, threshold) {
  const bins = new Array(BINS).fill(0);
  for (const { score } of shapes)
    if (score !== null) bins[Math.max(0, Math.min(BINS - 1, Math.floor((score - 0.05) * 20 + 1e-9)))]++;
  const most = Math.max(...bins, 1);
  $("scores").replaceChildren(
    ...bins.map((count, i) => {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const high = count ? 2 + (18 * count) / most : 0;
      for (const [name, value] of Object.entries({ x: 5 * i + 0.4, width: 4.2, y: 20 - high, height: high }))
        bar.setAttribute(name, value);
      bar.classList.toggle("below", 0.05 * (i + 2) <= threshold + 1e-9);
      return bar;
    }),
  );
}
