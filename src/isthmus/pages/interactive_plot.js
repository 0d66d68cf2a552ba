// Interactive report: maps of codes to point at, move and zoom; curves to read; tables to sort.
// Without this script, or on paper, the page shows the same figures as pictures. Texts of users
// are only ever set as textContent or drawn on a canvas.
const { words, figures } = JSON.parse(document.getElementById("plots").textContent);
const MARGIN = { left: 56, right: 12, top: 10, bottom: 42 };
const REACH = 24; // pixels from the pointer within which a code is read
const MOST_ZOOM = 400;

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
const between = (low, value, high) => Math.min(Math.max(value, low), high);
const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const limits = (values) => {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  const low = Math.min(...known), high = Math.max(...known);
  const margin = 0.04 * (high - low) || 0.5;
  return [low - margin, high + margin];
};

function number(value) {
  if (value === null || value === undefined) return "\u2013";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return value.toLocaleString("en");
  if (size >= 1e-4 && size < 1e4) return String(Number(value.toPrecision(4)));
  return value.toExponential(3);
}

function make(parent, tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

// Ticks of an axis from low to high, in its own coordinates (logarithms if it is logarithmic).
function ticks(low, high, most, { isLog = false, isWhole = false } = {}) {
  if (isLog) {
    const found = [];
    for (const factor of high - low < 3 ? [1, 2, 5] : [1])
      for (let power = Math.floor(low); power <= high; power++) found.push(power + Math.log10(factor));
    const inside = found.filter((at) => at >= low && at <= high).sort((a, b) => a - b);
    if (inside.length > 1) return inside.map((at) => [at, number(Number((10 ** at).toPrecision(3)))]);
  }
  const rough = Math.max((high - low) / most, isWhole ? 1 : 0), power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (isWhole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10]).find((factor) => factor * power >= rough * 0.999);
  const first = Math.ceil(low / step), found = [];
  for (let k = first; k * step <= high; k++)
    found.push([k * step, number(isLog ? 10 ** (k * step) : Number((k * step).toPrecision(6)))]);
  return found;
}

// A canvas in place of a picture, with a view (x0, x1, y0, y1), a read-out and keys.
class Plot {
  constructor(card, data, label) {
    this.data = data;
    this.box = make(card, "div", "live");
    this.canvas = make(this.box, "canvas");
    this.readout = make(this.box, "div", "readout");
    this.readout.setAttribute("role", "status");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.chosen = null;
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    this.canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.choose(null); // what a finger chose stays to be read
    });
    this.canvas.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && this.key(event.key)) event.preventDefault();
    });
  }

  start() {
    this.full = this.whole();
    this.view = [...this.full];
    new ResizeObserver(() => this.draw()).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    document.fonts.ready.then(() => this.draw());
  }

  at(event) {
    const place = this.canvas.getBoundingClientRect();
    return [event.clientX - place.left, event.clientY - place.top];
  }

  moved(event) { this.choose(this.nearest(...this.at(event))); }

  choose(index) {
    if (index === this.chosen) return;
    this.chosen = index;
    this.draw();
  }

  toX(x) { return MARGIN.left + ((x - this.view[0]) / (this.view[1] - this.view[0])) * this.width; }
  toY(y) { return MARGIN.top + (1 - (y - this.view[2]) / (this.view[3] - this.view[2])) * this.height; }

  draw() {
    const wide = this.box.clientWidth, high = Math.round(between(240, wide * this.share, 460));
    if (!wide) return;
    const scale = window.devicePixelRatio || 1, canvas = this.canvas;
    [this.width, this.height] = [wide - MARGIN.left - MARGIN.right, high - MARGIN.top - MARGIN.bottom];
    [canvas.width, canvas.height] = [Math.round(wide * scale), Math.round(high * scale)];
    [canvas.style.width, canvas.style.height] = [`${wide}px`, `${high}px`];
    const pen = (this.pen = canvas.getContext("2d"));
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    this.frame(pen);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, MARGIN.top, this.width, this.height);
    pen.clip();
    this.paint(pen);
    pen.restore();
    this.tell();
  }

  frame(pen) {
    const { left, top } = MARGIN, bottom = top + this.height;
    const [x0, x1, y0, y1] = this.view;
    pen.strokeStyle = variable("--line");
    pen.fillStyle = variable("--muted");
    pen.textAlign = "center";
    pen.beginPath();
    for (const [at, text] of ticks(x0, x1, this.width / 75, { isWhole: this.isWhole })) {
      pen.moveTo(this.toX(at), top);
      pen.lineTo(this.toX(at), bottom);
      if (this.hasUnits) pen.fillText(text, this.toX(at), bottom + 16);
    }
    pen.textAlign = "right";
    for (const [at, text] of ticks(y0, y1, this.height / 55, { isLog: this.isLog })) {
      pen.moveTo(left, this.toY(at));
      pen.lineTo(left + this.width, this.toY(at));
      if (this.hasUnits) pen.fillText(text, left - 6, this.toY(at) + 4);
    }
    pen.stroke();
    pen.textAlign = "center";
    pen.fillText(this.names[0], left + this.width / 2, bottom + 34, this.width);
    pen.save();
    pen.rotate(-Math.PI / 2);
    pen.fillText(this.names[1], -(top + this.height / 2), 12, this.height);
    pen.restore();
  }

  // Show the lines of the chosen point beside it.
  tell() {
    const place = this.chosen === null ? null : this.place(this.chosen);
    this.readout.hidden = place === null;
    if (place === null) return;
    this.readout.replaceChildren();
    this.lines(this.chosen).forEach((text, k) => make(this.readout, k ? "div" : "b", "", text));
    const half = this.readout.offsetWidth / 2;
    const x = between(half, place[0], Math.max(half, this.box.clientWidth - half)) - half;
    const above = place[1] - this.readout.offsetHeight - 12;
    this.readout.style.left = `${x}px`;
    this.readout.style.top = `${above < 0 ? place[1] + 14 : above}px`;
  }
}
