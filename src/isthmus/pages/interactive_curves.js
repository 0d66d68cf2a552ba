// Curves: read the values at the pointer.
class Curves extends Plot {
  constructor(card, data, label, share) {
    super(card, data, `${label} ${words.curves}`);
    if (data.title) this.box.prepend(Object.assign(document.createElement("h4"), { textContent: data.title }));
    [this.share, this.hasUnits, this.isWhole, this.names] = [share, true, true, [data.xName, data.yName]];
    const all = [...data.lines.flatMap((line) => line.y), data.mark?.y].filter((y) => y !== null && y !== undefined);
    this.isLog = Math.min(...all) > 0 && Math.max(...all) > 10 * Math.min(...all);
    this.canvas.style.touchAction = "pan-y";
    const list = make(this.box, "ul", "legend");
    data.lines.forEach((line, k) => {
      const item = make(list, "li");
      make(item, "span", k ? "stroke dashed" : "stroke").style.borderColor = `var(${this.look(line, k)})`;
      item.append(line.name);
    });
    if (data.mark) {
      const item = make(list, "li");
      make(item, "span", "dot diamond").style.background = "var(--curve-0)";
      item.append(data.mark.name);
    }
    this.start();
  }

  look(line, k) { return `--curve-${line.colour ?? k % 2}`; }

  scaled(y) { return this.isLog ? Math.log10(y) : y; }

  whole() {
    const { x, lines, mark } = this.data;
    const values = [...lines.flatMap((line) => line.y), mark?.y ?? null].filter((y) => y !== null);
    return [...limits([...x, mark?.x ?? x[0]]), ...limits(values.map((y) => this.scaled(y)))];
  }

  paint(pen) {
    const { x, lines, mark } = this.data;
    if (this.chosen !== null) {
      pen.strokeStyle = variable("--muted");
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(this.toX(x[this.chosen]), 0);
      pen.lineTo(this.toX(x[this.chosen]), MARGIN.top + this.height);
      pen.stroke();
    }
    pen.lineWidth = 1.8;
    lines.forEach((line, n) => {
      pen.strokeStyle = pen.fillStyle = variable(this.look(line, n));
      pen.setLineDash(n ? [7, 3] : []);
      pen.beginPath();
      let isOn = false;
      line.y.forEach((y, k) => {
        if (y !== null) pen[isOn ? "lineTo" : "moveTo"](this.toX(x[k]), this.toY(this.scaled(y)));
        isOn = y !== null;
      });
      pen.stroke();
      pen.setLineDash([]);
      const marked = x.length <= 30 ? [...x.keys()] : this.chosen === null ? [] : [this.chosen];
      for (const k of marked) if (line.y[k] !== null) this.dot(pen, x[k], line.y[k], k === this.chosen ? 4.5 : 2.5);
    });
    if (!mark) return;
    pen.fillStyle = variable("--curve-0");
    const [left, top] = [this.toX(mark.x), this.toY(this.scaled(mark.y))];
    pen.beginPath();
    for (const [across, down] of [[0, -6], [6, 0], [0, 6], [-6, 0]]) pen.lineTo(left + across, top + down);
    pen.fill();
  }

  dot(pen, x, y, radius) {
    pen.beginPath();
    pen.arc(this.toX(x), this.toY(this.scaled(y)), radius, 0, 2 * Math.PI);
    pen.fill();
  }

  nearest(left) {
    const { x } = this.data, away = x.map((one) => Math.abs(this.toX(one) - left));
    return away.indexOf(Math.min(...away));
  }

  place(k) {
    const known = this.data.lines.map((line) => line.y[k]).filter((y) => y !== null);
    return [this.toX(this.data.x[k]), known.length ? this.toY(this.scaled(Math.max(...known))) : MARGIN.top];
  }

  lines(k) {
    const { x, xName, lines } = this.data;
    return [`${xName} ${number(x[k])}`, ...lines.map((line) => `${line.name}: ${number(line.y[k])}`)];
  }

  key(name) {
    const last = this.data.x.length - 1, now = this.chosen;
    const next = {
      ArrowLeft: now === null ? last : Math.max(0, now - 1), ArrowRight: now === null ? 0 : Math.min(last, now + 1),
      Home: 0, End: last, Escape: null,
    };
    if (!(name in next)) return false;
    this.choose(next[name]);
    return true;
  }
}
