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

  const shown = (shape) => !off.has(shape.label) && (shape.score === undefined || shape.score >= least);
  const { overlay, caption, scoreText } = drawing(data, shown);
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  // --- the sheet ---

  // cards are made when they are first listed, and so many stand on the page at once
  const STEP = 120;
  let room = STEP;
  const entries = data.pictures.map((picture, index) => {
    picture.shapes ??= [];
    return { picture, index, found: 0, lowest: Infinity };
  });

  function card(entry) {
    if (entry.card) return entry.card;
    const { picture } = entry;
    const button = make("button");
    const about = make("span", "about");
    const title = make("span", "", picture.title);
    entry.card = make("li", picture.error ? "card broken" : "card");
    entry.view = make("span", "view", picture.error);
    entry.count = make("span", "count");
    entry.button = button;
    entry.card.entry = entry;
    title.title = picture.title;
    button.type = "button";
    about.append(title, entry.count);
    button.append(entry.view, about);
    entry.card.append(button);
    if (!picture.error) {
      const image = make("img");
      image.loading = "lazy";
      image.decoding = "async";
      image.alt = "";
      image.src = picture.plain;
      entry.view.append(image);
      button.addEventListener("click", () => enlarge(entry));
    }
    watcher.observe(entry.card);
    return entry.card;
  }

  const watcher = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      const { entry } = target;
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
  let listed = entries;

  function update() {
    least = Number($("least").value);
    $("least-text").value = least.toFixed(2);
    const wanted = $("find").value.trim().toLowerCase();
    const choice = choices[$("which").value];
    const counts = new Array(data.classes.length).fill(0);
    let objects = 0;
    listed = entries.filter((entry) => {
      measure(entry, counts);
      const fits = choice(entry) && entry.picture.title.toLowerCase().includes(wanted);
      if (fits) objects += entry.found;
      return fits;
    });
    listed.sort(orders[$("order").value]);
    arrange();
    for (const [label, chip] of chips) chip.number.textContent = counts[label].toLocaleString("en");
    const more = data.more ? `, ${plural(data.more, "picture")} not on this page` : "";
    $("status").textContent =
      `${listed.length.toLocaleString("en")} of ${plural(entries.length, "picture")}, ${plural(objects, "object")}${more}`;
    $("empty").hidden = listed.length > 0;
    for (const entry of inView) paint(entry);
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
  }

  function says({ picture, found, lowest }) {
    if (picture.error) return "unreadable";
    if (picture.unseen) return "not looked at";
    return plural(found, "object") + (found && lowest < 1 ? `, least ${lowest.toFixed(2)}` : "");
  }

  function arrange() {
    const sheet = $("sheet");
    const wanted = listed.slice(0, room);
    const same = sheet.children.length === wanted.length;
    if (!same || !wanted.every((entry, i) => sheet.children[i] === entry.card))
      sheet.replaceChildren(...wanted.map(card));
    for (const entry of wanted) entry.count.textContent = says(entry);
  }

  function extend() {
    if (room >= listed.length) return;
    const next = listed.slice(room, room + STEP);
    room += STEP;
    $("sheet").append(...next.map(card));
    for (const entry of next) entry.count.textContent = says(entry);
    // the end may still be near
    requestAnimationFrame(() => {
      ending.unobserve($("end"));
      ending.observe($("end"));
    });
  }

  const ending = new IntersectionObserver(
    (changes) => changes.some((change) => change.isIntersecting) && extend(),
    { rootMargin: "1200px" },
  );

  // --- one picture, large ---

  function enlarge(entry) {
    open = entry;
    while (listed.indexOf(entry) >= room) extend();
    if (!$("large").open) $("large").showModal();
    history.replaceState(null, "", `#${entry.index + 1}`);
    fill();
  }

  function fill() {
    const { picture } = open;
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
    const at = listed.indexOf(open);
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
    const entry = neighbour(listed.indexOf(open), step);
    if (entry) enlarge(entry);
  }

  // --- controls ---

  const chips = new Map();
  const used = new Set(data.pictures.flatMap((p) => p.shapes.map((s) => s.label)));
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
    const { button } = open;
    open = null;
    history.replaceState(null, "", "#");
    button?.focus();
  });
  addEventListener("keydown", (event) => {
    if (open === null) return;
    if (event.key === "ArrowLeft") move(-1);
    if (event.key === "ArrowRight") move(1);
  });
  addEventListener("resize", soon);

  $("classes").hidden = chips.size === 0;
  update();
  ending.observe($("end"));
  // index.html#12 opens the twelfth picture
  const asked = entries[Number(location.hash.slice(1)) - 1];
  if (asked && !asked.picture.error) enlarge(asked);
})();
