"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const $ = (id) => document.getElementById(id);
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const draw = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };

  const off = new Set();
  const inView = new Set();
  const pen = document.createElement("canvas").getContext("2d");
  let least = 0;
  let open = null;
  let returnTo = null;

  const shown = (shape) => !off.has(shape.label) && (shape.score === undefined || shape.score >= least);
  const scoreText = (shape) => (shape.score === undefined ? "" : shape.score.toFixed(2));
  const short = (text) => (text.length > 32 ? `${text.slice(0, 31)}…` : text);
  const caption = (shape, name = data.classes[shape.label].name) =>
    name +
    (shape.track === undefined ? "" : ` #${shape.track}`) +
    (shape.score === undefined ? "" : ` ${scoreText(shape)}`);
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  // --- one picture with its shapes ---

  function overlay(picture, host, withCaptions) {
    host.querySelector("svg")?.remove();
    const [width, height] = picture.size;
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    // user units per CSS pixel, so that dots and letters keep their size on the screen
    const unit = Math.max(width / (host.clientWidth || width), height / (host.clientHeight || height));
    const visible = picture.shapes.filter(shown);
    for (const shape of visible) svg.append(drawn(shape, unit));
    if (withCaptions) captions(svg, visible, unit, width, height);
    host.append(svg);
  }

  function drawn(shape, unit) {
    const group = draw("g", {});
    group.shape = shape;
    group.style.color = data.classes[shape.label].colour;
    if (shape.path) {
      if (shape.area) group.append(draw("path", { class: "inside", d: shape.path }));
      group.append(draw("path", { class: "casing", d: shape.path }));
      group.append(draw("path", { class: "edge", d: shape.path }));
    }
    if (shape.points) skeleton(group, shape, unit);
    return group;
  }

  function skeleton(group, shape, unit) {
    const ends = shape.bones
      .map(([a, b]) => [shape.points[a], shape.points[b]])
      .filter(([a, b]) => a && b && a[2] > 0 && b[2] > 0);
    for (const name of ["casing", "edge"])
      for (const [a, b] of ends)
        group.append(draw("line", { class: name, x1: a[0], y1: a[1], x2: b[0], y2: b[1] }));
    for (const [x, y, seen] of shape.points)
      if (seen > 0)
        group.append(draw("circle", { class: seen > 1 ? "point" : "point hidden-one", cx: x, cy: y, r: 2.5 * unit }));
  }

  function captions(svg, visible, unit, width, height) {
    const size = 12 * unit;
    const high = 16 * unit;
    pen.font = "12px system-ui, sans-serif";
    const taken = [];
    let tags = 0;
    const hits = (a) =>
      taken.some((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + high && b.y < a.y + high);
    const keep = (at, limit) => Math.max(0, Math.min(at, limit));
    for (const shape of [...visible].reverse()) {
      const text = caption(shape, short(data.classes[shape.label].name));
      const wide = (pen.measureText(text).width + 8) * unit;
      const [x0, y0, x1, y1] = shape.box ?? [0, high * ++tags, wide, high * tags];
      const spots = [
        ...[x0, x1 - wide].flatMap((x) => [y0 - high, y0, y1, y1 - high].map((y) => [x, y])),
        ...[x1, x0 - wide].flatMap((x) => [y0, y1 - high].map((y) => [x, y])),
      ].map(([x, y]) => ({ x: keep(x, width - wide), y: keep(y, height - high), w: wide }));
      const spot = spots.find((s) => !hits(s)) ?? spots[0];
      taken.push(spot);
      const group = draw("g", {});
      group.shape = shape;
      const style = data.classes[shape.label];
      group.append(draw("rect", { x: spot.x, y: spot.y, width: wide, height: high, fill: style.colour }));
      const label = draw("text", { x: spot.x + 4 * unit, y: spot.y + high / 2, "font-size": size, fill: style.ink });
      label.textContent = text;
      group.append(label);
      svg.append(group);
    }
  }

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
