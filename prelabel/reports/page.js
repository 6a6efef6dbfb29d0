"use strict";
(() => {
  // --- tables: a press on a heading sorts, a second one turns round ---
  const key = (row, i) => {
    const cell = row.cells[i];
    if (cell === undefined) return NaN;
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  const order = (a, b) => {
    if (typeof a === "string" || typeof b === "string")
      return String(a).localeCompare(String(b), "en", { numeric: true });
    return a - b;
  };

  function sort(table, i, way) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, i), row]);
    const none = rows.filter(([value]) => Number.isNaN(value));
    const some = rows.filter(([value]) => !Number.isNaN(value));
    some.sort(([a], [b]) => way * order(a, b));
    body.append(...[...some, ...none].map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.sorts")) {
    const heads = [...table.tHead.rows[0].cells];
    if (table.tBodies[0].rows.length < 2) continue;
    for (const [i, head] of heads.entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        // figures begin with the greatest, names with the first
        const first = head.classList.contains("n") ? "descending" : "ascending";
        const other = first === "descending" ? "ascending" : "descending";
        const next = head.getAttribute("aria-sort") === first ? other : first;
        for (const each of heads) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", next);
        sort(table, i, next === "ascending" ? 1 : -1);
      });
    }
  }

  // --- pictures: large, one after another ---
  const dialog = document.getElementById("large");
  const stage = document.getElementById("stage");
  const views = [...document.querySelectorAll(".view")];
  let open = null;

  function enlarge(view) {
    open = view;
    const copy = view.querySelector("svg").cloneNode(true);
    // the copy refers to the same picture; what has a name stays where it is
    for (const named of copy.querySelectorAll("[id]")) named.removeAttribute("id");
    stage.replaceChildren(copy);
    document.getElementById("large-title").textContent = view.getAttribute("aria-label");
    const at = views.indexOf(view);
    document.getElementById("before").disabled = at <= 0;
    document.getElementById("after").disabled = at >= views.length - 1;
    if (!dialog.open) dialog.showModal();
  }

  function move(step) {
    const next = views[views.indexOf(open) + step];
    if (next) enlarge(next);
  }

  for (const view of views) view.addEventListener("click", () => enlarge(view));
  document.getElementById("before").addEventListener("click", () => move(-1));
  document.getElementById("after").addEventListener("click", () => move(1));
  document.getElementById("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    stage.replaceChildren();
    // what is folded away cannot have the focus
    const folded = open?.closest("details");
    if (folded) folded.open = true;
    open?.focus();
    open = null;
  });
  addEventListener("keydown", (event) => {
    if (!dialog.open) return;
    if (event.key === "ArrowLeft") move(-1);
    if (event.key === "ArrowRight") move(1);
  });
})();
