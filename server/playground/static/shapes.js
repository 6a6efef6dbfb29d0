import * as masks from "./masks.js";

/** What is drawn of an answer, in its order, best first: `annotations` of the API, the `styles` of
 * the classes by name, `bones` by name. Paths are in picture pixels. */
export function shapesOf(annotations, styles, bones) {
  return annotations.map((annotation, index) => {
    const points = (annotation.keypoints ?? []).filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
    const outline = outlineOf(annotation);
    const box = outline ? extent(outline.rings) : (annotation.box ?? null);
    return {
      index,
      annotation,
      label: annotation.label,
      score: annotation.score ?? null,
      box,
      path: outline && pathOf(outline.rings),
      solid: Boolean(outline?.solid),
      size: box ? (box[2] - box[0]) * (box[3] - box[1]) : Infinity,
      points,
      bones: joined(annotation.keypoints ?? [], bones.get(annotation.label) ?? []),
      ...styles.get(annotation.label),
    };
  });
}

/** "disc 0.93" */
export const caption = ({ label, score }) => (score === null ? label : `${label} ${score.toFixed(2)}`);

/** What a screen reader says of an object. */
export function spoken({ label, score, box, points }) {
  const parts = [label];
  if (score !== null) parts.push(`score ${score.toFixed(2)}`);
  if (box) {
    const [x0, y0, x1, y1] = box.map(Math.round);
    parts.push(`${x1 - x0} by ${y1 - y0} pixels at ${x0}, ${y0}`);
  } else parts.push("whole picture");
  if (points.length) parts.push(`${points.length} keypoints`);
  return parts.join(", ");
}

/** Rows of facts about an object, [name, text]. */
export function facts({ annotation, points }) {
  const rows = [];
  const one = (value) => (Math.round(value * 10) / 10).toLocaleString("en");
  const { box, rotated, mask, polygons } = annotation;
  if (box) rows.push(["Corner", `${one(box[0])}, ${one(box[1])}`], ["Size", `${one(box[2] - box[0])} × ${one(box[3] - box[1])}`]);
  if (rotated)
    rows.push(["Rotated", `${one(rotated[2])} × ${one(rotated[3])}, ${one((rotated[4] * 180) / Math.PI)}°`]);
  if (mask) rows.push(["Mask", `${masks.area(mask).toLocaleString("en")} pixels`]);
  if (polygons?.length) rows.push(["Polygon", `${polygons.reduce((n, ring) => n + ring.length, 0)} corners`]);
  for (const { name, x, y, visible } of points)
    rows.push([name, visible > 0 ? `${one(x)}, ${one(y)}${visible === 1 ? " (hidden)" : ""}` : "not there"]);
  return rows;
}

/** The closest outline that is stated: mask, polygons, rotated box, box; null for a tag. */
function outlineOf({ mask, polygons, rotated, box }) {
  if (mask) {
    const window = masks.bounds(mask);
    if (window) return { rings: masks.rings(masks.sampled(mask, window)), solid: true };
  }
  if (polygons?.length) return { rings: polygons, solid: true };
  if (rotated) return { rings: [corners(rotated)], solid: false };
  if (!box) return null;
  const [x0, y0, x1, y1] = box;
  return { rings: [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], solid: false };
}

/** Corners of [cx, cy, width, height, radians clockwise]. */
function corners([cx, cy, width, height, angle]) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([i, j]) => {
    const [x, y] = [(i * width) / 2, (j * height) / 2];
    return [cx + x * cos - y * sin, cy + x * sin + y * cos];
  });
}

function pathOf(rings) {
  const path = new Path2D();
  for (const ring of rings) {
    for (const [k, [x, y]] of ring.entries()) k ? path.lineTo(x, y) : path.moveTo(x, y);
    path.closePath();
  }
  return path;
}

function extent(rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings)
    for (const [x, y] of ring) {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  return box;
}

/** Bones as pairs of points that are there. */
function joined(keypoints, bones) {
  return bones
    .map(([a, b]) => [keypoints[a], keypoints[b]])
    .filter((ends) => ends.every((p) => p && p.visible > 0 && Number.isFinite(p.x)));
}
