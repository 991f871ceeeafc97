"use strict";
// Tables can be sorted by any column, and searched; without this script they are plain tables.
(() => {
  const names = new Intl.Collator("en", { numeric: true });
  const WAIT_MS = 120;

  const keyOf = (cell, isFigure) => {
    const text = cell.textContent.trim();
    const figure = isFigure ? parseFloat(text.replace("−", "-")) : text;
    return figure === "" || Number.isNaN(figure) ? null : figure;
  };

  const sort = (table, head, isDown) => {
    const isFigure = head.classList.contains("figure");
    const compare = isFigure ? (a, b) => a - b : names.compare;
    const keyed = Array.from(table.tBodies[0].rows, (row) => ({ row, key: keyOf(row.cells[head.cellIndex], isFigure) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null); // nothing comes last
      return isDown ? compare(b.key, a.key) : compare(a.key, b.key);
    });
    const rows = document.createDocumentFragment();
    for (const { row } of keyed) rows.append(row);
    table.tBodies[0].append(rows);
  };

  const makeSortable = (table) => {
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isDown = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        sort(table, head, isDown);
      });
    }
  };

  const makeSearchable = (table) => {
    const label = document.createElement("label"), input = document.createElement("input");
    const told = document.createElement("p"), form = document.createElement("div");
    label.textContent = "Search";
    label.htmlFor = input.id = `${table.id}-search`;
    input.type = "search";
    told.setAttribute("role", "status");
    form.className = "search";
    form.append(label, input, told);
    table.parentElement.before(form);
    let texts, timer;
    const search = () => {
      texts ??= Array.from(table.tBodies[0].rows, (row) => [row, row.textContent.toLowerCase()]);
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const [row, text] of texts) {
        row.hidden = !words.every((word) => text.includes(word));
        count += !row.hidden;
      }
      told.textContent = words.length ? `${count} of ${texts.length} rows` : "";
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(search, WAIT_MS);
    });
  };

  document.querySelectorAll("table.sortable").forEach(makeSortable);
  document.querySelectorAll("table.searchable").forEach(makeSearchable);
})();
