/** Masks as COCO writes them: runs over the pixels in column order, background first. */

/** Lengths of the runs of compressed counts; counts that are a list already stay as they are.
 *
 * A character less 48 holds 5 bits of a number, lowest first, and in bit 6 whether more follow; the
 * highest bit of the last one is the sign. From the fourth number on it is the difference to the
 * run before last. */
export function runs(counts) {
  if (typeof counts !== "string") return counts;
  const lengths = [];
  for (let at = 0; at < counts.length; ) {
    let value = 0;
    let shift = 0;
    let code;
    do {
      code = counts.charCodeAt(at++) - 48;
      value |= (code & 31) << shift;
      shift += 5;
    } while (code & 32 && at < counts.length);
    if (code & 16 && shift < 32) value |= -1 << shift;
    lengths.push(lengths.length > 2 ? value + lengths.at(-2) : value);
  }
  return lengths;
}

/** Which sampled pixels of a window are foreground.
 *
 * `mask` {size: [height, width], counts}; `box` [x0, y0, x1, y1] the window in pixels. Every
 * `step`-th column and row is taken, so that the longer side has `most` cells or fewer: the work
 * grows with the runs and the cells, not with the picture. */
export function sampled(mask, box, most = 1024) {
  const [rows, columns] = mask.size;
  const x0 = Math.max(0, Math.floor(box[0]) - 1);
  const y0 = Math.max(0, Math.floor(box[1]) - 1);
  const x1 = Math.min(columns, Math.ceil(box[2]) + 1);
  const y1 = Math.min(rows, Math.ceil(box[3]) + 1);
  const step = Math.max(1, Math.ceil(Math.max(x1 - x0, y1 - y0) / most));
  const width = Math.max(0, Math.ceil((x1 - x0) / step));
  const height = Math.max(0, Math.ceil((y1 - y0) / step));
  const cells = new Uint8Array(width * height);
  const lengths = runs(mask.counts);
  const half = step >> 1;
  let run = 0;
  let end = lengths[0] ?? 0;
  for (let i = 0; i < width; i++) {
    const column = Math.min(x0 + i * step + half, columns - 1) * rows;
    while (end <= column && run < lengths.length - 1) end += lengths[++run];
    for (let start = column; start < column + rows && run < lengths.length; ) {
      const stop = Math.min(end, column + rows);
      if (run % 2) fill(cells, i, width, start - column, stop - column);
      start = stop;
      if (end > stop || run === lengths.length - 1) break;
      end += lengths[++run];
    }
  }
  return { x: x0, y: y0, step, width, height, cells };

  function fill(cells, i, width, from, to) {
    const first = Math.max(0, Math.ceil((from - y0 - half) / step));
    for (let j = first; j < height && y0 + j * step + half < to; j++) cells[j * width + i] = 1;
  }
}

/** The box around the foreground, [x0, y0, x1, y1], or null where there is none. */
export function bounds(mask) {
  const rows = mask.size[0];
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  let at = 0;
  for (const [k, length] of runs(mask.counts).entries()) {
    if (k % 2 && length) {
      const [first, last] = [Math.floor(at / rows), Math.floor((at + length - 1) / rows)];
      const whole = last > first;
      box[0] = Math.min(box[0], first);
      box[2] = Math.max(box[2], last + 1);
      box[1] = Math.min(box[1], whole ? 0 : at % rows);
      box[3] = Math.max(box[3], whole ? rows : ((at + length - 1) % rows) + 1);
    }
    at += length;
  }
  return box[0] === Infinity ? null : box;
}

/** How many pixels are foreground. */
export const area = (mask) => runs(mask.counts).reduce((sum, length, k) => sum + (k % 2 ? length : 0), 0);

const ACROSS = [1, 0, -1, 0];
const DOWN = [0, 1, 0, -1];
// a right turn first: cells that only touch at a corner are not joined
const TURNS = [1, 0, 3];

/** Closed rings around the foreground of a grid from `sampled`, [[x, y], ...] in picture pixels.
 *
 * They run along the sides of the cells, clockwise around the inside, through the middle of each
 * side: corners are cut by half a cell. To be filled even-odd. */
export function rings(grid) {
  const across = grid.width + 1;
  const sides = sidesOf(grid);
  const found = [];
  for (let start = 0; start < sides.length; start++) while (sides[start]) found.push(ringFrom(start));
  return found;

  // the first corner of a ring in reading order is a turn, so the ring may begin there
  function ringFrom(start) {
    const ring = [];
    let at = start;
    let way = [0, 1, 2, 3].find((one) => sides[at] & (1 << one));
    let before = null;
    for (let next = way; next !== undefined; ) {
      const middle = point(at, next);
      if (before === null || next !== way) ring.push(...(before ? [before] : []), middle);
      sides[at] &= ~(1 << next);
      at += ACROSS[next] + DOWN[next] * across;
      way = next;
      before = middle;
      next = TURNS.map((turn) => (way + turn) % 4).find((one) => sides[at] & (1 << one));
    }
    ring.push(before);
    return ring;
  }

  function point(corner, way) {
    const i = (corner % across) + ACROSS[way] / 2;
    const j = Math.floor(corner / across) + DOWN[way] / 2;
    return [grid.x + i * grid.step, grid.y + j * grid.step];
  }
}

/** For each corner of the cells, bits of the ways (right, down, left, up) that leave along a side. */
function sidesOf({ width, height, cells }) {
  const sides = new Uint8Array((width + 1) * (height + 1));
  const full = (i, j) => i >= 0 && j >= 0 && i < width && j < height && cells[j * width + i];
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      if (!cells[j * width + i]) continue;
      const corner = j * (width + 1) + i;
      if (!full(i, j - 1)) sides[corner] |= 1;
      if (!full(i + 1, j)) sides[corner + 1] |= 2;
      if (!full(i, j + 1)) sides[corner + width + 2] |= 4;
      if (!full(i - 1, j)) sides[corner + width + 1] |= 8;
    }
  return sides;
}
