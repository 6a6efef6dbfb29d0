import * as acts from "./acts.js";
import { key } from "./api.js";
import { $ } from "./dom.js";
import { intake } from "./intake.js";
import { keys } from "./keys.js";
import { state } from "./state.js";

/** Wires the page: which button, key or movement does what. */

const { page } = acts;
const clicks = {
  sample: acts.sample,
  all: () => acts.switchAll(true),
  none: () => acts.switchAll(false),
  copy: acts.copyJson,
  download: acts.download,
  remove: acts.remove,
  "zoom-in": () => acts.zoom(1.5),
  "zoom-out": () => acts.zoom(1 / 1.5),
  "zoom-fit": () => page.view.fit(),
  help: () => $("help-dialog").showModal(),
  "help-close": () => $("help-dialog").close(),
  forget: acts.forget,
};
for (const [id, act] of Object.entries(clicks)) $(id).addEventListener("click", act);
for (const id of ["captions", "fill"]) $(id).addEventListener("change", page.paint);
$("model").addEventListener("change", (event) => acts.changeModel(event.target.value));
$("threshold").addEventListener("input", (event) => acts.setThreshold(Number(event.target.value)));
intake(acts.add);

const image = $("picture");
image.addEventListener("load", () => acts.loaded([image.naturalWidth, image.naturalHeight]));
image.addEventListener("error", () => acts.loaded(null));

$("stage").addEventListener("pointermove", (event) => {
  if (event.pointerType === "mouse" && !event.buttons) acts.point(page.under(event));
});
$("stage").addEventListener("pointerleave", () => acts.point(null));
$("overlay").addEventListener("click", (event) => {
  if (!page.view.dragged) acts.choose(page.under(event));
});
$("overlay").addEventListener("dblclick", () => (page.view.fitted ? page.view.zoom(2) : page.view.fit()));

// browsers open a file chooser only once a key press counts, which may be after its first event
const choosing = () => addEventListener("keyup", () => $("files").click(), { once: true });
const zooms = { "+": () => acts.zoom(1.5), "-": () => acts.zoom(1 / 1.5), 0: () => page.view.fit() };
keys([
  [["o"], "choose pictures", choosing],
  [["ArrowDown", "ArrowUp"], "next, previous object", (event) => acts.step(event.key === "ArrowDown" ? 1 : -1)],
  [["ArrowRight", "ArrowLeft"], "next, previous picture", (event) => acts.turn(event.key === "ArrowRight" ? 1 : -1)],
  [["Escape"], "let go of the object; then the whole picture", () => (state.chosen ? acts.choose(null) : page.view.fit())],
  [[".", ","], "threshold up, down", (event) => acts.setThreshold(state.threshold + (event.key === "." ? 0.05 : -0.05))],
  [["a"], "all classes off or on", () => acts.switchAll(state.off.size > 0)],
  [["+", "-", "0"], "larger, smaller, whole picture", (event) => zooms[event.key]()],
  [["l"], "captions on or off", () => $("captions").click()],
  [["f"], "fill on or off", () => $("fill").click()],
  [["m"], "choose a model", () => $("model").focus()],
  [["c"], "copy the JSON", acts.copyJson],
  [["d"], "download", acts.download],
  [["x"], "remove this picture", acts.remove],
  [["?"], "this help", () => $("help-dialog").showModal()],
]);

key.load();
acts.start();
page.render();
