import { colours, PALETTE } from "./palette.js";
import { shapesOf } from "./shapes.js";

/** What the page knows; everything shown follows from it. */
export const state = {
  /** Models of the API; `model` is the one in use. */
  models: [],
  model: null,
  /** Pictures, and the one in view. */
  pictures: [],
  current: null,
  threshold: 0.25,
  /** Names of classes that are switched off. */
  off: new Set(),
  /** The shape that was chosen, and the one that is pointed at. */
  chosen: null,
  pointed: null,
};

/** The answer and the failure of the picture in view by the model in use, if there is one. */
export const answerNow = () => state.current?.answers.get(state.model?.name);
export const errorNow = () => state.current?.errors.get(state.model?.name);

export const over = (shape) => (shape.score ?? 1) >= state.threshold;
export const wantedClass = (shape) => !state.off.has(shape.label);
export const visible = () => shapes().filter((shape) => over(shape) && wantedClass(shape));

const drawn = new WeakMap();

/** All shapes of the answer in view; made once for each answer. */
export function shapes() {
  const answer = answerNow();
  if (!answer) return [];
  if (!drawn.has(answer)) {
    meet(state.model, answer.annotations);
    const bones = new Map(state.model.labels.map((label) => [label.name, label.bones]));
    drawn.set(answer, shapesOf(answer.annotations, stylesOf(state.model), bones));
  }
  return drawn.get(answer);
}

const seen = new Map();

/** Colour and ink by class name. Where a model has more classes than there are colours, those that
 * were met so far share them out, so that the classes of one picture differ. */
export function stylesOf(model) {
  const all = model.labels.map((label) => label.name);
  const few = all.length && all.length <= PALETTE.length;
  return colours(few ? all : [...(seen.get(model.name) ?? [])]);
}

function meet(model, annotations) {
  const names = seen.get(model.name) ?? new Set();
  for (const { label } of annotations) names.add(label);
  seen.set(model.name, names);
}

/** Width and height as the server counts: the picture lies turned as its EXIF data say. */
export function sizeNow() {
  const image = answerNow()?.image;
  return image ? [image.width, image.height] : (state.current?.size ?? [1, 1]);
}

/** The next {picture, model} to ask for, the picture in view first; null where all is known. */
export function wanted() {
  const model = state.model?.name;
  if (!model) return null;
  const lacks = (picture) => picture && !picture.answers.has(model) && !picture.errors.has(model);
  const picture = lacks(state.current) ? state.current : state.pictures.find(lacks);
  return picture ? { picture, model } : null;
}

/** How many objects a picture shows, in words for a row of small pictures. */
export function countText(picture) {
  const model = state.model?.name;
  if (picture.errors.has(model)) return "failed";
  const rows = picture.answers.get(model)?.annotations;
  return rows ? rows.filter((row) => over(row) && wantedClass(row)).length.toLocaleString("en") : "…";
}
