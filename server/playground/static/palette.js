/** The colours of prelabel/preview/palette.py, and its way to give them to names: a class looks
 * the same here and on a contact sheet. A test compares both. */
export const PALETTE = [
  [0, 136, 255],
  [187, 255, 0],
  [255, 0, 0],
  [255, 187, 255],
  [85, 187, 153],
  [187, 51, 170],
  [255, 153, 34],
  [0, 136, 85],
  [153, 238, 187],
  [170, 153, 238],
  [0, 238, 119],
  [136, 68, 221],
  [204, 102, 136],
  [238, 204, 51],
  [255, 119, 119],
  [238, 34, 255],
];

/** Name -> {colour, ink} as CSS colours. The name decides; one that meets another takes the next. */
export function colours(names) {
  const slots = new Map();
  const taken = new Set();
  for (const name of names) {
    if (slots.has(name)) continue;
    const tries = slotsOf(name);
    const slot = tries.find((one) => !taken.has(one)) ?? tries[0];
    taken.add(slot);
    slots.set(name, slot);
  }
  return new Map([...slots].map(([name, slot]) => [name, style(PALETTE[slot])]));
}

function slotsOf(name) {
  const half = PALETTE.length / 2;
  const first = crc32(new TextEncoder().encode(name));
  const steps = Array.from({ length: half }, (_, step) => (first + step) % half);
  return [...steps, ...steps.map((step) => half + step)];
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const style = (colour) => ({ colour: `rgb(${colour.join(", ")})`, ink: ink(colour) });

/** Black or white letters, whichever stand off more (WCAG 2 contrast). */
function ink(colour) {
  const [red, green, blue] = colour.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000" : "#fff";
}
