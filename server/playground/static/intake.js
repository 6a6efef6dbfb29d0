import { $ } from "./dom.js";

/** Pictures come by drop, paste or the file chooser: `taken` gets a list of files. */
export function intake(taken) {
  const input = $("files");
  for (const id of ["choose", "choose-first"]) $(id).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    taken([...input.files]);
    // the same file may be chosen again
    input.value = "";
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    taken(files);
  });
  dropping(taken);
}

function dropping(taken) {
  let depth = 0;
  const has = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (on) => ($("dropping").hidden = !on);
  addEventListener("dragenter", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    show(++depth > 0);
  });
  addEventListener("dragover", (event) => has(event) && event.preventDefault());
  addEventListener("dragleave", (event) => has(event) && show(--depth > 0));
  addEventListener("drop", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    taken([...event.dataTransfer.files]);
  });
}

const ENDINGS = /\.(jpe?g|png|webp|bmp|tiff?|gif|p[bgpn]m|avif)$/i;

/** Whether a file may be a picture; only the server can tell. */
export const mayBePicture = ({ name, type }) => (type ? type.startsWith("image/") : ENDINGS.test(name));
