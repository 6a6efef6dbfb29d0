import * as api from "./api.js";
import { copy, save, text } from "./carry.js";
import { $, plural } from "./dom.js";
import { mayBePicture } from "./intake.js";
import { KeyQuestion, Notice } from "./notices.js";
import { Page, showModels } from "./page.js";
import { Asking, Picture } from "./pictures.js";
import { spoken } from "./shapes.js";
import { answerNow, errorNow, shapes, sizeNow, state, visible, wanted } from "./state.js";

/** What happens: each changes `state` and lets the page follow. */

export const page = new Page({ choose, point, step, toggle, open });
const notice = new Notice();
const question = new KeyQuestion(
  (value) => {
    api.key.set(value);
    start();
  },
  () => notice.show("Without an API key the server does not answer.", start),
);
const asking = new Asking({ wanted, predict, settled });

function follow() {
  page.render();
  asking.go();
  page.busy(asking.now?.picture === state.current && state.current !== null);
}

// --- the server ---

/** Learn the models, then ask for all that is wanted. */
export async function start() {
  $("forget").hidden = !api.key.value;
  try {
    const { models, default: first } = await api.models();
    const name = state.model?.name ?? first;
    state.models = models;
    state.model = models.find((model) => model.name === name) ?? models[0] ?? null;
  } catch (error) {
    return tell(error, start);
  }
  notice.hide();
  if (!state.model) return notice.show("The server has no model.", start);
  showModels();
  retry();
}

async function predict(file, name, signal) {
  const model = state.models.find((one) => one.name === name);
  // the list tells neither keypoints nor, of a model that was never opened, classes
  if (!model.known) Object.assign(model, await api.model(name, signal), { known: true });
  return api.predict(file, name, signal);
}

function settled({ picture }) {
  if (picture === state.current) {
    showError();
    if (answerNow()) page.view.open(sizeNow());
  }
  follow();
}

/** Show a failure; 401 asks for the key instead. */
function tell(error, again) {
  if (error.status === 401) return question.ask(Boolean(api.key.value));
  const hint = error.hint ? ` (${error.hint})` : "";
  const name = state.current && again === retry ? `${state.current.name}: ` : "";
  const later = error.again ? ` Asking again in ${plural(error.wait, "second")} …` : "";
  return notice.show(`${name}${error.message}${hint}${later}`, again);
}

function showError() {
  const error = errorNow();
  if (error) tell(error, retry);
  else notice.hide();
}

function retry() {
  for (const picture of state.pictures) picture.errors.clear();
  follow();
}

export function forget() {
  api.key.set("");
  $("forget").hidden = true;
}

export function changeModel(name) {
  state.model = state.models.find((model) => model.name === name) ?? state.model;
  state.off = new Set();
  state.chosen = state.pointed = null;
  showError();
  follow();
}

// --- pictures ---

export function add(files) {
  const good = files.filter(mayBePicture);
  const bad = files.filter((file) => !mayBePicture(file)).map((file) => file.name);
  if (good.length) {
    const added = good.map((file) => new Picture(file));
    state.pictures.push(...added);
    open(added[0]);
  }
  if (bad.length) notice.show(`${bad.join(", ")}: not a picture.`);
}

export async function sample() {
  const answer = await fetch("static/sample.jpg");
  add([new File([await answer.blob()], "drawn-scene.jpg", { type: "image/jpeg" })]);
}

function open(picture) {
  state.current = picture;
  state.chosen = state.pointed = null;
  const image = $("picture");
  image.hidden = !picture;
  if (picture) image.src = picture.url;
  else image.removeAttribute("src");
  showError();
  page.view.open(sizeNow());
  follow();
}

/** The next (1) or previous (-1) picture. */
export function turn(by) {
  const picture = state.pictures[state.pictures.indexOf(state.current) + by];
  if (picture) open(picture);
}

export function remove() {
  const at = state.pictures.indexOf(state.current);
  if (at < 0) return;
  state.pictures.splice(at, 1)[0].close();
  open(state.pictures[Math.min(at, state.pictures.length - 1)] ?? null);
  if (state.current) return;
  // what is hidden cannot be in focus, and the page follows only with the next frame
  $("welcome").hidden = false;
  $("choose-first").focus();
}

/** The browser has read the picture in view, or cannot. */
export function loaded(size) {
  if (!state.current) return;
  state.current.size = size;
  $("picture").hidden = !size;
  if (!answerNow()) page.view.open(sizeNow());
  page.render();
}

// --- objects ---

export function choose(shape) {
  state.chosen = state.chosen === shape ? null : shape;
  page.render();
}

export function point(shape) {
  if (state.pointed === shape) return;
  state.pointed = shape;
  page.render();
}

/** The next (1) or an earlier (-1) object of the list becomes the chosen one. */
export function step(by) {
  const shown = visible();
  if (!shown.length) return;
  const at = shown.indexOf(state.chosen);
  const next = at < 0 && by < 0 ? shown.length - 1 : at + by;
  state.chosen = shown[Math.max(0, Math.min(shown.length - 1, next))];
  state.pointed = null;
  if (state.chosen.box) page.view.reveal(state.chosen.box);
  page.render();
  if (document.activeElement !== $("objects")) $("spoken").textContent = spoken(state.chosen);
}

/** Larger or smaller, with the chosen object in the middle. */
export function zoom(factor) {
  page.view.zoom(factor);
  if (state.chosen?.box) page.view.reveal(state.chosen.box, true);
}

export function setThreshold(value) {
  state.threshold = Math.round(Math.max(api.ASKED, Math.min(1, value)) * 100) / 100;
  page.render();
}

function toggle(name) {
  if (!state.off.delete(name)) state.off.add(name);
  page.render();
}

export function switchAll(on) {
  state.off = on ? new Set() : new Set(shapes().map((shape) => shape.label));
  page.render();
}

// --- taking away ---

export async function copyJson() {
  if (!answerNow()) return;
  const rows = visible().map((shape) => shape.annotation);
  const done = await copy(text(answerNow(), rows));
  say(done ? `Copied ${plural(rows.length, "object")}.` : "The browser does not allow copying.");
}

export async function download() {
  if (!answerNow()) return;
  const classes = [...new Set(visible().map((shape) => shape.label))];
  if (!classes.length) return say("No object is shown.");
  const query = { model: state.model.name, conf: state.threshold, classes: state.off.size ? classes : [] };
  try {
    const { name, blob } = await api.dataset(state.current.file, $("format").value, query);
    save(name, blob);
    say(`Saved ${name}.`);
  } catch (error) {
    tell(error, download);
  }
}

/** A short word, seen beside the buttons and spoken. */
function say(words) {
  $("export-text").textContent = words;
  $("spoken").textContent = words;
}
