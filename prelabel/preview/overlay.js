"use strict";

/** How pictures are drawn on: `data` is the page's data, `shown` tells which shapes are wanted. */
function drawing(data, shown) {
  const SVG = "http://www.w3.org/2000/svg";
  const pen = document.createElement("canvas").getContext("2d");
  const draw = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const scoreText = (shape) => (shape.score === undefined ? "" : shape.score.toFixed(2));
  const short = (text) => (text.length > 32 ? `${text.slice(0, 31)}…` : text);
  const caption = (shape, name = data.classes[shape.label].name) =>
    name +
    (shape.track === undefined ? "" : ` #${shape.track}`) +
    (shape.score === undefined ? "" : ` ${scoreText(shape)}`);

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

  return { overlay, caption, scoreText };
}
