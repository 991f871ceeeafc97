"use strict";
// Tables can be sorted by any column, and searched; of a long one the first rows are shown, as a browser needs seconds
// to lay out ten thousand. Without this script they are plain tables, with all rows.
document.documentElement.classList.add("has-script");

document.addEventListener("DOMContentLoaded", () => {
  const WAIT_MS = 120;
  const names = new Intl.Collator("en", { numeric: true });

  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  const keyOf = (cell, isFigure) => {
    const text = cell.textContent.trim();
    const key = isFigure ? parseFloat(text.replace("−", "-")) : text;
    return key === "" || Number.isNaN(key) ? null : key;
  };

  const sort = (table, head, isDown) => {
    const isFigure = head.classList.contains("figure");
    const compare = isFigure ? (a, b) => a - b : names.compare;
    const keyed = Array.from(table.tBodies[0].rows, (row) => ({ row, key: keyOf(row.cells[head.cellIndex], isFigure) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null); // what is missing comes last
      return isDown ? compare(b.key, a.key) : compare(a.key, b.key);
    });
    const body = document.createElement("tbody");
    for (const { row } of keyed) body.append(row);
    table.tBodies[0].replaceWith(body);
  };

  const makeSortable = (table, onSorted) => {
    const heads = [...table.tHead.rows[0].cells];
    for (const head of heads) {
      const button = make("button", { type: "button" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isDown = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        sort(table, head, isDown);
        onSorted();
      });
    }
  };

  // Returns what shows the right rows again after their order has changed.
  const makeSearchable = (table) => {
    const input = make("input", { type: "search", id: `${table.id}-search` });
    const label = make("label", { htmlFor: input.id, textContent: "Search" });
    const told = make("p", {}), all = make("button", { type: "button", hidden: true });
    const search = make("div", { className: "search" });
    told.setAttribute("role", "status");
    search.append(label, input, told, all);
    table.parentElement.before(search);

    const texts = new Map();
    let most = Number(table.dataset.shown), timer;
    const show = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...table.tBodies[0].rows];
      let found = 0;
      for (const row of rows) {
        if (words.length && !texts.has(row)) texts.set(row, row.textContent.toLowerCase());
        const isFound = words.every((word) => texts.get(row).includes(word));
        found += isFound;
        row.classList.toggle("later", !isFound || found > most);
      }
      const shown = Math.min(found, most);
      told.textContent = shown < rows.length ? `${shown} of ${rows.length} rows shown` : "";
      all.textContent = `Show all ${found}`;
      all.hidden = found <= most;
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, WAIT_MS);
    });
    all.addEventListener("click", () => {
      most = Infinity;
      show();
      input.focus();
    });
    show();
    return show;
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    makeSortable(table, table.classList.contains("searchable") ? makeSearchable(table) : () => {});
  }
});
