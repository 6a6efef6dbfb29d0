const MOST = 32;

/** Which part of the picture is seen: fitted into the stage until somebody zooms.
 *
 * `stage` takes wheel, drag, pinch and double click; `changed` is told of every move. */
export class View {
  scale = 1;
  x = 0;
  y = 0;
  #size = [1, 1];
  #stage;
  #changed;
  #fitted = true;
  #pointers = new Map();
  #dragged = 0;

  constructor(stage, changed) {
    this.#stage = stage;
    this.#changed = changed;
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => this.#up(event));
    new ResizeObserver(() => this.resize()).observe(stage);
  }

  /** Another picture of `size` [width, height]: all of it. */
  open(size) {
    this.#size = size;
    this.fit();
  }

  fit() {
    this.#fitted = true;
    this.scale = this.#least();
    this.#settle();
  }

  resize() {
    if (this.#fitted) this.fit();
    else this.#settle();
  }

  /** Larger or smaller, around a point of the stage, else around its middle. */
  zoom(factor, x = this.#stage.clientWidth / 2, y = this.#stage.clientHeight / 2) {
    const least = this.#least();
    const next = Math.min(Math.max(this.scale * factor, least), Math.max(MOST, least));
    this.x = x - ((x - this.x) * next) / this.scale;
    this.y = y - ((y - this.y) * next) / this.scale;
    this.scale = next;
    this.#fitted = next <= least;
    this.#settle();
  }

  /** Bring a box of picture pixels into view; `always`: into the middle. */
  reveal([x0, y0, x1, y1], always = false) {
    const { clientWidth: width, clientHeight: height } = this.#stage;
    const [x, y] = [this.x + ((x0 + x1) / 2) * this.scale, this.y + ((y0 + y1) / 2) * this.scale];
    if (!always && x > 0 && y > 0 && x < width && y < height) return;
    this.x += width / 2 - x;
    this.y += height / 2 - y;
    this.#settle();
  }

  /** The point of the picture under a pointer event. */
  at(event) {
    const frame = this.#stage.getBoundingClientRect();
    return [(event.clientX - frame.left - this.x) / this.scale, (event.clientY - frame.top - this.y) / this.scale];
  }

  /** Whether the pointer that was just lifted had moved the picture. */
  get dragged() {
    return this.#dragged > 4;
  }

  get fitted() {
    return this.#fitted;
  }

  #least() {
    const { clientWidth: width, clientHeight: height } = this.#stage;
    return Math.min(width / this.#size[0], height / this.#size[1]) || 1;
  }

  // no edge of the picture leaves the edge of the stage; what is smaller lies in the middle
  #settle() {
    const room = [this.#stage.clientWidth, this.#stage.clientHeight];
    const [x, y] = [this.x, this.y].map((at, axis) => {
      const free = room[axis] - this.#size[axis] * this.scale;
      return free >= 0 ? free / 2 : Math.min(0, Math.max(free, at));
    });
    this.x = x;
    this.y = y;
    this.#stage.classList.toggle("zoomed", !this.#fitted);
    this.#changed();
  }

  #wheel(event) {
    // where the page itself scrolls, the wheel is the page's unless Ctrl (or a pinch) is meant
    const page = document.scrollingElement;
    if (!event.ctrlKey && page.scrollHeight > page.clientHeight) return;
    event.preventDefault();
    const frame = this.#stage.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const factor = Math.exp(-Math.max(-100, Math.min(100, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.003));
    this.zoom(factor, event.clientX - frame.left, event.clientY - frame.top);
  }

  #down(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (this.#pointers.size === 0) this.#dragged = 0;
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (!this.#fitted || this.#pointers.size > 1) this.#stage.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    this.#dragged += Math.abs(dx) + Math.abs(dy);
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, before, now);
    else if (!this.#fitted) {
      this.x += dx;
      this.y += dy;
      this.#settle();
    }
    this.#pointers.set(event.pointerId, now);
  }

  #pinch(id, before, now) {
    const [, other] = [...this.#pointers].find(([key]) => key !== id);
    const far = (point) => Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
    const frame = this.#stage.getBoundingClientRect();
    this.x += (now[0] - before[0]) / 2;
    this.y += (now[1] - before[1]) / 2;
    this.zoom(far(now) / far(before), (now[0] + other[0]) / 2 - frame.left, (now[1] + other[1]) / 2 - frame.top);
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
  }
}
