// Tables to sort, and the start of all parts.
// Sort a table's rows by a column: ascending, descending, then as they were.
function sortable(table) {
  const body = table.tBodies[0], heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  if (!body || body.rows.length < 2) return;
  const original = [...body.rows];
  const content = (row, k) => row.cells[k]?.firstChild?.textContent.trim() ?? "";
  heads.forEach((head, k) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.title = words.sort;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const order = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order === null) return body.append(...original);
      head.setAttribute("aria-sort", order ?? "ascending");
      const sign = order ? -1 : 1, isNumeric = head.classList.contains("number");
      const value = (row) => (isNumeric ? parseFloat(content(row, k).replace(/[,\u2212]/g, (c) => (c === "," ? "" : "-"))) : content(row, k));
      const compared = (a, b) => (isNumeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
      const isMissing = (one) => one === "" || one === "\u2013" || Number.isNaN(one);
      const keyed = original.map((row) => [value(row), row]);
      keyed.sort(([a], [b]) => isMissing(a) - isMissing(b) || (isMissing(a) ? 0 : sign * compared(a, b)));
      body.append(...keyed.map(([, row]) => row));
    });
  });
}

for (const card of document.querySelectorAll("[data-figure]")) {
  const figure = figures[card.dataset.figure], picture = card.querySelector("img");
  if (!figure || !picture) continue;
  const place = document.createElement("div");
  picture.parentElement.after(place);
  if (figure.kind === "map") new CodeMap(place, figure, picture.alt);
  else for (const panel of figure.panels) new Curves(place, panel, picture.alt, figure.panels.length > 1 ? 0.36 : 0.5);
  picture.parentElement.classList.add("still");
}
document.querySelectorAll(".scroll table").forEach(sortable);
