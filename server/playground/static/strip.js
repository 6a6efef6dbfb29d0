import { $, make } from "./dom.js";

const SIDE = 144;

/** The row of small pictures below the large one, there as soon as there are two. */
export class Strip {
  #open;
  #cards = new Map();

  constructor(open) {
    this.#open = open;
  }

  /** `say(picture)` is what stands below each. */
  show(pictures, current, say) {
    $("strip").hidden = pictures.length < 2;
    const cards = pictures.map((picture) => this.#card(picture));
    this.#cards = new Map(pictures.map((picture, i) => [picture, cards[i]]));
    if (cards.length !== $("strip").children.length || cards.some((card, i) => card !== $("strip").children[i]))
      $("strip").replaceChildren(...cards);
    for (const [picture, card] of this.#cards) {
      const button = card.firstChild;
      const was = button.getAttribute("aria-current") === "true";
      button.setAttribute("aria-current", String(picture === current));
      button.lastChild.textContent = say(picture);
      if (picture === current && !was) this.#reveal(card);
    }
  }

  #reveal(card) {
    const strip = $("strip");
    const left = card.offsetLeft - (strip.clientWidth - card.offsetWidth) / 2;
    strip.scrollTo({ left });
  }

  #card(picture) {
    const known = this.#cards.get(picture);
    if (known) return known;
    const small = make("canvas", { width: 1, height: 1 });
    const button = make("button", { type: "button", title: picture.name, onclick: () => this.#open(picture) });
    button.append(small, make("span", { class: "unseen", text: picture.name }), " ", make("small"));
    thumbnail(picture.file, small);
    return make("li", {}, button);
  }
}

/** Draw a file small; a kind that the browser cannot read stays blank. */
async function thumbnail(file, canvas) {
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: SIDE, resizeQuality: "medium" });
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
  } catch {
    canvas.classList.add("blank");
  }
}
