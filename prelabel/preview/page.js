(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  const off = new Set();
  const inView = new Set();
  let least = 0;
  let open = null;
  let returnTo = null;

  const shown = (shape) => !off.has(shape.label) && (shape.score === undefined || shape.score >= least);
  const { overlay, caption, scoreText } = drawing(data, shown);
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  // --- the sheet ---

  const cards = data.pictures.map((picture, index) => {
    const card = make("li", "card");
    const button = make("button");
    const view = make("span", "view");
    const about = make("span", "about");
    const count = make("span", "count");
    const title = make("span", "", picture.title);
    title.title = picture.title;
    button.type = "button";
    about.append(title, count);
    button.append(view, about);
    card.append(button);
    if (picture.error) {
      card.classList.add("broken");
      view.textContent = picture.error;
      picture.shapes = [];
    } else {
      const image = make("img");
      image.loading = "lazy";
      image.decoding = "async";
      image.alt = "";
      image.src = picture.plain;
      view.append(image);
      button.addEventListener("click", () => enlarge(index));
    }
    return { card, button, view, count, picture, index };
  });

  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const entry = target.entry;
      if (isIntersecting) {
        inView.add(entry);
        paint(entry);
      } else {
        inView.delete(entry);
        entry.view.querySelector("svg")?.remove();
      }
    }
  }, { rootMargin: "300px" });

  function paint(entry) {
    if (!entry.picture.error) overlay(entry.picture, entry.view, $("captions").checked);
  }

  const orders = {
    file: (a, b) => a.index - b.index,
    worst: (a, b) => a.lowest - b.lowest || a.index - b.index,
    most: (a, b) => b.found - a.found || a.index - b.index,
    name: (a, b) => a.picture.title.localeCompare(b.picture.title, "en", { numeric: true }),
  };
  const choices = {
    all: () => true,
    some: (entry) => entry.found > 0,
    none: (entry) => entry.found === 0 && !entry.picture.error,
    broken: (entry) => Boolean(entry.picture.error),
  };
  let listed = cards;

  function update() {
    least = Number($("least").value);
    $("least-text").value = least.toFixed(2);
    const wanted = $("find").value.trim().toLowerCase();
    const choice = choices[$("which").value];
    const counts = new Array(data.classes.length).fill(0);
    let objects = 0;
    listed = cards.filter((entry) => {
      measure(entry, counts);
      const fits = choice(entry) && entry.picture.title.toLowerCase().includes(wanted);
      entry.card.hidden = !fits;
      if (fits) objects += entry.found;
      return fits;
    });
    listed.sort(orders[$("order").value]);
    arrange();
    for (const [label, chip] of chips) chip.number.textContent = counts[label].toLocaleString("en");
    const more = data.more ? `, ${plural(data.more, "picture")} not on this page` : "";
    $("status").textContent =
      `${listed.length.toLocaleString("en")} of ${plural(cards.length, "picture")}, ${plural(objects, "object")}${more}`;
    $("empty").hidden = listed.length > 0;
    for (const entry of inView) if (!entry.card.hidden) paint(entry);
    if (open !== null) fill();
  }

  function measure(entry, counts) {
    entry.found = 0;
    entry.lowest = Infinity;
    for (const shape of entry.picture.shapes) {
      if (shape.score !== undefined && shape.score < least) continue;
      counts[shape.label] += 1;
      if (off.has(shape.label)) continue;
      entry.found += 1;
      entry.lowest = Math.min(entry.lowest, shape.score ?? 1);
    }
    const lowest = entry.found && entry.lowest < 1 ? `, least ${entry.lowest.toFixed(2)}` : "";
    const text = entry.picture.unseen ? "not looked at" : plural(entry.found, "object") + lowest;
    entry.count.textContent = entry.picture.error ? "unreadable" : text;
  }

  function arrange() {
    const sheet = $("sheet");
    if (listed.every((entry, i) => sheet.children[i] === entry.card)) return;
    sheet.append(...listed.map((entry) => entry.card));
    sheet.append(...cards.filter((entry) => entry.card.hidden).map((entry) => entry.card));
    sheet.prepend(...listed.map((entry) => entry.card));
  }

  // --- one picture, large ---

  function enlarge(index) {
    open = index;
    returnTo = cards[index].button;
    if (!$("large").open) $("large").showModal();
    history.replaceState(null, "", `#${index + 1}`);
    fill();
  }

  function fill() {
    const { picture } = cards[open];
    const stage = $("stage");
    if (stage.picture !== picture) {
      const image = make("img");
      image.alt = picture.title;
      image.src = picture.plain;
      stage.replaceChildren(image);
      stage.picture = picture;
    }
    $("large-title").textContent = picture.title;
    $("file").href = picture.overlay;
    overlay(picture, stage, true);
    const rows = picture.shapes.filter(shown).sort((a, b) => (b.score ?? 1) - (a.score ?? 1));
    $("objects").replaceChildren(...rows.map(row));
    const at = listed.indexOf(cards[open]);
    $("before").disabled = !neighbour(at, -1);
    $("after").disabled = !neighbour(at, 1);
  }

  function row(shape) {
    const item = make("li");
    const button = make("button");
    const dot = make("i");
    button.type = "button";
    dot.style.background = data.classes[shape.label].colour;
    button.append(dot, make("span", "", caption({ ...shape, score: undefined })), scoreText(shape));
    const only = (chosen) => () => {
      for (const group of $("stage").querySelectorAll("g"))
        group.classList.toggle("faint", chosen && group.shape !== shape);
    };
    for (const event of ["mouseenter", "focus"]) button.addEventListener(event, only(true));
    for (const event of ["mouseleave", "blur"]) button.addEventListener(event, only(false));
    item.append(button);
    return item;
  }

  function neighbour(at, step) {
    let next = at + step;
    while (listed[next]?.picture.error) next += step;
    return listed[next];
  }

  function move(step) {
    const entry = neighbour(listed.indexOf(cards[open]), step);
    if (entry) enlarge(entry.index);
  }

  // --- controls ---

  const chips = new Map();
  const used = new Set(data.pictures.flatMap((p) => (p.shapes ?? []).map((s) => s.label)));
  for (const label of [...used].sort((a, b) => a - b)) {
    const chip = make("button", "chip");
    const dot = make("i");
    const number = make("b");
    chip.type = "button";
    chip.setAttribute("aria-pressed", "true");
    dot.style.background = data.classes[label].colour;
    chip.append(dot, make("span", "", data.classes[label].name), number);
    chip.number = number;
    chip.addEventListener("click", () => {
      toggle(label, off.has(label));
      update();
    });
    chips.set(label, chip);
    $("classes").append(chip);
  }

  function toggle(label, on) {
    if (on) off.delete(label);
    else off.add(label);
    chips.get(label).setAttribute("aria-pressed", String(on));
  }

  for (const [id, on] of [["all", true], ["none", false]])
    $(id).addEventListener("click", () => {
      for (const label of chips.keys()) toggle(label, on);
      update();
    });

  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  };
  for (const id of ["least", "order", "which", "find", "captions"]) $(id).addEventListener("input", soon);
  $("size").addEventListener("input", () => {
    $("sheet").dataset.size = $("size").value;
    soon();
  });
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("before").addEventListener("click", () => move(-1));
  $("after").addEventListener("click", () => move(1));
  $("close").addEventListener("click", () => $("large").close());
  $("large").addEventListener("close", () => {
    open = null;
    history.replaceState(null, "", "#");
    returnTo?.focus();
  });
  addEventListener("keydown", (event) => {
    if (open === null) return;
    if (event.key === "ArrowLeft") move(-1);
    if (event.key === "ArrowRight") move(1);
  });
  addEventListener("resize", soon);

  $("classes").hidden = chips.size === 0;
  for (const entry of cards) {
    entry.card.entry = entry;
    $("sheet").append(entry.card);
  }
  update();
  for (const entry of cards) watcher.observe(entry.card);
  // index.html#12 opens the twelfth picture
  const asked = cards[Number(location.hash.slice(1)) - 1];
  if (asked && !asked.picture.error) enlarge(asked.index);
})();
