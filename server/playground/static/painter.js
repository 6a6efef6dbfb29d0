import { FONT, placed } from "./captions.js";
import { caption } from "./shapes.js";

const DARK = "#181818";
const FAINT = 0.18;

/** Draws shapes over a picture on a canvas as sharp as the screen. */
export class Painter {
  #canvas;
  #context;
  #plates = { key: [], list: [] };

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  /** `shapes` best first; `view` {scale, x, y} maps picture to CSS pixels; `size` of the picture;
   * `chosen` the shape that stands out or null; `options` {captions, fill}. */
  draw(shapes, view, size, chosen, options) {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const dots = window.devicePixelRatio || 1;
    this.#fit(Math.round(width * dots), Math.round(height * dots));
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(dots * view.scale, 0, 0, dots * view.scale, dots * view.x, dots * view.y);
    for (const shape of [...shapes].reverse()) {
      if (shape === chosen) continue;
      context.globalAlpha = chosen ? FAINT : 1;
      this.#shape(shape, 1 / view.scale, options.fill && !chosen, 1);
    }
    context.globalAlpha = 1;
    if (chosen) this.#shape(chosen, 1 / view.scale, options.fill, 1.6);
    context.setTransform(dots, 0, 0, dots, 0, 0);
    if (options.captions || chosen) this.#captions(chosen ? [chosen] : shapes, view, size, [width, height]);
  }

  /** The smallest shape under a point of the picture; `reach` picture pixels around lines count. */
  hit(shapes, x, y, reach) {
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.lineWidth = 2 * reach;
    const under = shapes.filter(
      (shape) =>
        (shape.path &&
          (context.isPointInPath(shape.path, x, y, "evenodd") || context.isPointInStroke(shape.path, x, y))) ||
        shape.points.some((p) => p.visible > 0 && Math.hypot(p.x - x, p.y - y) < 2 * reach),
    );
    return under.reduce((best, shape) => (best && best.size <= shape.size ? best : shape), null);
  }

  #fit(width, height) {
    if (this.#canvas.width === width && this.#canvas.height === height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  /** `unit` picture pixels are one CSS pixel; `weight` 1 is the usual width of lines. */
  #shape(shape, unit, filled, weight) {
    const context = this.#context;
    context.lineJoin = context.lineCap = "round";
    if (shape.path) {
      if (filled && shape.solid) this.#inside(shape, weight > 1 ? 0.42 : 0.3);
      this.#line(shape.path, shape.colour, unit, weight);
    }
    if (shape.bones.length) {
      const bones = new Path2D();
      for (const [a, b] of shape.bones) {
        bones.moveTo(a.x, a.y);
        bones.lineTo(b.x, b.y);
      }
      this.#line(bones, shape.colour, unit, weight);
    }
    for (const point of shape.points) if (point.visible > 0) this.#point(point, shape.colour, unit, weight);
  }

  #inside(shape, alpha) {
    const context = this.#context;
    const before = context.globalAlpha;
    context.globalAlpha = before * alpha;
    context.fillStyle = shape.colour;
    context.fill(shape.path, "evenodd");
    context.globalAlpha = before;
  }

  // a dark casing keeps the line visible on any picture
  #line(path, colour, unit, weight) {
    const context = this.#context;
    context.strokeStyle = DARK;
    context.lineWidth = 4 * unit * weight;
    context.stroke(path);
    context.strokeStyle = colour;
    context.lineWidth = 2 * unit * weight;
    context.stroke(path);
  }

  // hollow where it is hidden
  #point(point, colour, unit, weight) {
    const context = this.#context;
    context.beginPath();
    context.arc(point.x, point.y, 3.2 * unit * weight, 0, 2 * Math.PI);
    context.fillStyle = point.visible > 1 ? colour : DARK;
    context.fill();
    context.lineWidth = 1.2 * unit;
    context.strokeStyle = point.visible > 1 ? "#fff" : colour;
    context.stroke();
  }

  #captions(shapes, view, size, room) {
    this.#context.font = FONT;
    this.#context.textBaseline = "middle";
    // the best come last, over the others
    for (const plate of [...this.#placed(shapes, view, size, room)].reverse()) this.#plate(plate);
  }

  #plate({ shape, text, x, y, wide, high }) {
    const context = this.#context;
    context.fillStyle = shape.colour;
    context.beginPath();
    context.roundRect(x, y, wide, high, 3);
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = DARK;
    context.stroke();
    context.fillStyle = shape.ink;
    context.fillText(text, x + 5, y + high / 2 + 0.5);
  }

  // places are looked for when shapes or view change, not at every movement
  #placed(shapes, view, size, [width, height]) {
    const [left, top, right, bottom] = spot([0, 0, size[0], size[1]]);
    const bounds = [Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom)];
    const key = [shapes.map((s) => s.index).join(), view.scale, view.x, view.y, width, height, shapes[0]?.annotation];
    if (!key.every((value, i) => value === this.#plates.key[i])) {
      const shown = shapes.filter((shape) => !shape.box || inView(spot(shape.box)));
      const list = placed(shown.map((s) => [s, caption(s)]), spot, bounds, (text) => this.#context.measureText(text).width);
      this.#plates = { key, list };
    }
    return this.#plates.list;

    function spot([x0, y0, x1, y1]) {
      const { scale, x, y } = view;
      return [x + x0 * scale, y + y0 * scale, x + x1 * scale, y + y1 * scale];
    }
    function inView([x0, y0, x1, y1]) {
      return x1 > 0 && y1 > 0 && x0 < width && y0 < height;
    }
  }
}
