// Map of codes: read, move, zoom.
class CodeMap extends Plot {
  constructor(card, data, label) {
    super(card, data, `${label} ${words.map}`);
    [this.share, this.hasUnits, this.isLog, this.names] = [0.75, data.hasUnits, false, data.axes];
    this.labelled = Object.values(figures).find((other) => other.kind === "map" &&
      other.x.length === data.x.length && (other.class || other.text || (other.value && !other.isError)));
    this.fingers = new Map();
    this.legend();
    this.controls();
    make(this.box, "p", "hint", words.map);
    const drop = (event) => this.fingers.delete(event.pointerId);
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, this.at(event));
      this.choose(this.nearest(...this.at(event)));
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) this.canvas.addEventListener(name, drop);
    this.canvas.addEventListener("wheel", (event) => {
      // Without a click, the wheel scrolls the page.
      if (document.activeElement !== this.canvas && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(2 ** (-event.deltaY * (event.deltaMode ? 30 : 1) / 300), ...this.at(event));
    }, { passive: false });
    this.start();
  }

  whole() { return [...limits(this.data.x), ...limits(this.data.y)]; }

  controls() {
    const bar = make(this.box, "div", "controls");
    for (const [text, name, act] of [
      ["+", words.closer, () => this.zoom(1.6)],
      ["\u2212", words.wider, () => this.zoom(1 / 1.6)],
      [words.reset, words.reset, () => this.reset()],
    ]) {
      const button = make(bar, "button", "", text);
      button.type = "button";
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
    }
    const { x, total } = this.data;
    if (x.length < total) make(bar, "span", "", filled(words.some, { n: number(x.length), total: number(total) }));
  }

  legend() {
    const { classes, value, ends, labelName } = this.data;
    if (!classes && !value) return;
    const list = make(this.box, classes ? "ul" : "div", "legend");
    if (classes) {
      make(list, "li", "", labelName);
      const all = this.data.class.includes(-1) ? [...classes.keys(), -1] : [...classes.keys()];
      for (const k of all) {
        const item = make(list, "li");
        make(item, "span", this.isTriangle(k) ? "dot triangle" : "dot").style.background = `var(${this.look(k)})`;
        item.append(k < 0 ? words.none : classes[k]);
      }
    } else {
      make(list, "span", "", `${labelName} ${number(ends[0])}`);
      make(list, "span", "scale");
      make(list, "span", "", `${this.data.isError ? "\u2265 " : ""}${number(ends[1])}`);
    }
  }

  isOther(k) { return k < 0 || (this.data.hasOther && k === this.data.classes.length - 1); }
  isTriangle(k) { return !this.isOther(k) && k >= 10; }
  look(k) { return this.isOther(k) ? "--class-other" : `--class-${k % 10}`; }

  // Colours of all points, of the present theme.
  colours() {
    const { value, ends, x } = this.data;
    if (this.data.class) {
      const known = new Map();
      return this.data.class.map((k) => known.get(k) ?? (known.set(k, variable(this.look(k))), known.get(k)));
    }
    if (!value) return x.map(() => this.plain ??= variable("--class-plain"));
    const stops = [0, 1, 2, 3, 4].map((k) => variable(`--scale-${k}`).match(/\w\w/g).map((part) => parseInt(part, 16)));
    return value.map((one) => {
      if (one === null) return variable("--class-other");
      const share = 4 * between(0, (one - ends[0]) / (ends[1] - ends[0] || 1), 1), k = Math.min(3, Math.floor(share));
      return `rgb(${stops[k].map((from, part) => Math.round(from + (share - k) * (stops[k + 1][part] - from)))})`;
    });
  }

  paint(pen) {
    this.plain = undefined;
    const { x, y } = this.data, colours = this.colours();
    const zoom = (this.full[1] - this.full[0]) / (this.view[1] - this.view[0]);
    const radius = 0.67 * Math.sqrt(between(5, 9000 / x.length, 26)) * between(1, Math.sqrt(zoom), 2.5);
    pen.globalAlpha = 0.75;
    for (let k = 0; k < x.length; k++) {
      pen.fillStyle = colours[k];
      pen.beginPath();
      const [left, top] = [this.toX(x[k]), this.toY(y[k])];
      if (this.data.class && this.isTriangle(this.data.class[k])) {
        pen.moveTo(left, top - 1.3 * radius);
        pen.lineTo(left + 1.2 * radius, top + radius);
        pen.lineTo(left - 1.2 * radius, top + radius);
      } else pen.arc(left, top, radius, 0, 2 * Math.PI);
      pen.fill();
    }
    if (this.chosen === null) return;
    pen.globalAlpha = 1;
    pen.strokeStyle = variable("--ink");
    pen.lineWidth = 1.8;
    pen.beginPath();
    pen.arc(...this.place(this.chosen), radius + 2.5, 0, 2 * Math.PI);
    pen.stroke();
  }

  place(k) { return [this.toX(this.data.x[k]), this.toY(this.data.y[k])]; }

  isVisible(k) {
    const [left, top] = this.place(k);
    return left >= MARGIN.left && left <= MARGIN.left + this.width && top >= MARGIN.top && top <= MARGIN.top + this.height;
  }

  nearest(left, top) {
    let best = null, least = REACH ** 2;
    for (let k = 0; k < this.data.x.length; k++) {
      const [x, y] = this.place(k), distance = (x - left) ** 2 + (y - top) ** 2;
      if (distance < least && this.isVisible(k)) [best, least] = [k, distance];
    }
    return best;
  }

  lines(k) {
    const { name, row, error } = this.data, of = this.labelled, found = [];
    if (name && name[k] !== "") found.push(name[k]);
    if (row) found.push(filled(words.row, { n: number(row[k]) }));
    if (of) {
      const text = of.class ? (of.class[k] < 0 ? words.none : of.classes[of.class[k]]) : of.text ? of.text[k] : number(of.value[k]);
      found.push(`${of.labelName}: ${text}`);
    }
    if (error) found.push(`${words.error}: ${number(error[k])}`);
    return found;
  }

  moved(event) {
    const before = this.fingers.get(event.pointerId), now = this.at(event);
    if (!before) return super.moved(event);
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.fingers.set(event.pointerId, now);
    if (others.length) {
      const apart = (place) => Math.hypot(place[0] - others[0][0], place[1] - others[0][1]) || 1;
      this.zoom(apart(now) / apart(before), (now[0] + others[0][0]) / 2, (now[1] + others[0][1]) / 2);
    } else this.pan(now[0] - before[0], now[1] - before[1]);
  }

  pan(right, down) {
    const [x0, x1, y0, y1] = this.view;
    const across = (-right / this.width) * (x1 - x0), up = (down / this.height) * (y1 - y0);
    this.show([x0 + across, x1 + across, y0 + up, y1 + up]);
  }

  zoom(factor, left = MARGIN.left + this.width / 2, top = MARGIN.top + this.height / 2) {
    const [x0, x1, y0, y1] = this.view, [a, b] = this.full;
    const by = between((x1 - x0) / (b - a), factor, (MOST_ZOOM * (x1 - x0)) / (b - a));
    const x = x0 + ((left - MARGIN.left) / this.width) * (x1 - x0);
    const y = y1 - ((top - MARGIN.top) / this.height) * (y1 - y0);
    this.show([x - (x - x0) / by, x + (x1 - x) / by, y - (y - y0) / by, y + (y1 - y) / by]);
  }

  reset() { this.show([...this.full]); }

  // Show a view, moved so that it stays within the whole map.
  show(view) {
    for (const k of [0, 2]) {
      const excess = Math.max(0, this.full[k] - view[k]) - Math.max(0, view[k + 1] - this.full[k + 1]);
      view[k] += excess;
      view[k + 1] += excess;
    }
    this.view = view;
    const isWhole = view[1] - view[0] > 0.999 * (this.full[1] - this.full[0]);
    this.canvas.style.touchAction = isWhole ? "pan-y" : "none"; // the page scrolls under a finger
    this.draw();
  }

  key(name) {
    const step = 0.12 * this.width;
    const act = {
      ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoom(1.6), "=": () => this.zoom(1.6), "-": () => this.zoom(1 / 1.6),
      0: () => this.reset(), Escape: () => this.reset(),
      n: () => this.next(1), N: () => this.next(1), p: () => this.next(-1), P: () => this.next(-1),
    }[name];
    act?.();
    return Boolean(act);
  }

  // Choose the next visible code from left to right.
  next(step) {
    const visible = [...this.data.x.keys()].filter((k) => this.isVisible(k)).sort((a, b) => this.data.x[a] - this.data.x[b]);
    if (!visible.length) return;
    const at = visible.indexOf(this.chosen);
    this.choose(visible[(at < 0 ? (step > 0 ? 0 : -1) : at + step + visible.length) % visible.length] ?? visible.at(-1));
  }
}
