const HIGH = 18;
const LONGEST = 32;
export const FONT = "600 12px system-ui, sans-serif";

/** A plate for the caption of each shape, near its object, inside the view, not on another plate if
 * there is such a place: {shape, text, x, y, wide, high} in CSS pixels.
 *
 * `texts` [shape, text] pairs, the most important first; `spot` maps a box in picture pixels to the
 * view; `view` [x0, y0, x1, y1] is where plates may lie; `measure` tells a text's width. */
export function placed(texts, spot, view, measure) {
  const taken = [];
  let tags = 0;
  return texts.map(([shape, whole]) => {
    const text = whole.length > LONGEST ? `${whole.slice(0, LONGEST - 1)}…` : whole;
    const wide = Math.ceil(measure(text)) + 10;
    const places = (shape.box ? around(spot(shape.box), wide) : [[view[0], view[1] + HIGH * tags++]]).map((at) =>
      inside(at, wide, view),
    );
    const [x, y] = places.find((at) => !hits(at, wide, taken)) ?? places[0];
    taken.push([x, y, wide]);
    return { shape, text, x, y, wide, high: HIGH };
  });
}

/** Above the box, inside it at the top, below it, inside at the bottom; then beside it. */
function around([x0, y0, x1, y1], wide) {
  return [
    ...[x0, x1 - wide].flatMap((x) => [y0 - HIGH, y0, y1, y1 - HIGH].map((y) => [x, y])),
    ...[x1, x0 - wide].flatMap((x) => [y0, y1 - HIGH].map((y) => [x, y])),
  ];
}

function inside([x, y], wide, [x0, y0, x1, y1]) {
  return [Math.max(x0, Math.min(x, x1 - wide)), Math.max(y0, Math.min(y, y1 - HIGH))];
}

function hits([x, y], wide, taken) {
  return taken.some(([a, b, w]) => x < a + w && a < x + wide && y < b + HIGH && b < y + HIGH);
}
