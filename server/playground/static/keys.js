import { $, make } from "./dom.js";

/** Keys act as the table says: [keys, what they do, action]. The same table stands in the help. */
export function keys(table) {
  const actions = new Map(table.flatMap(([names, , act]) => names.map((name) => [name, act])));
  $("keys").append(
    ...table.map(([names, text]) =>
      make("tr", {}, make("th", { scope: "row" }, ...names.flatMap(cap)), make("td", { text })),
    ),
  );
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const act = actions.get(event.key);
    if (!act || needed(event.target, event.key)) return;
    if (event.key.length === 1 && !$("single-keys").checked) return;
    event.preventDefault();
    act(event);
  });
}

const NAMES = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
const cap = (name, i) => [i ? " " : "", make("kbd", { text: NAMES[name] ?? name })];

/** Whether the element in focus wants this key for itself. */
function needed(target, key) {
  if (target.matches?.("input:not([type=range], [type=checkbox]), textarea")) return true;
  if (target.matches?.("select")) return key !== "Escape" && key !== "?";
  if (target.matches?.("[type=range]")) return key.startsWith("Arrow");
  return false;
}
