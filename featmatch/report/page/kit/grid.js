// kit.grid: numbers in the cells of a real table, colored by their values.
"use strict";

(() => {
  const { el } = kit;

  // rows: lists of numbers (null: an empty cell). colors: "signed" (around zero), "gray" (low is
  // black, high is white) or "none"; low and high are those of the numbers unless given.
  // onhover(row, column) by pointer, focus and arrow keys. highlight: cells with a frame.
  // update(rows, options) changes numbers and, where given, single options.
  kit.grid = (rows, options = {}) => {
    const body = el("tbody");
    const node = el(
      "table",
      { class: "grid", role: options.onhover ? "grid" : null },
      el("caption", {}, options.label ?? ""),
      body,
    );
    let settings = { format: kit.number, colors: "none", highlight: [], ...options };
    let cells = [];

    function build(numbers) {
      cells = numbers.map((row, r) => row.map((_, c) => makeCell(r, c)));
      body.replaceChildren(...cells.map((row) => el("tr", {}, row)));
      if (settings.onhover && cells.length && cells[0].length) cells[0][0].tabIndex = 0;
    }

    function makeCell(row, column) {
      if (!settings.onhover) return el("td");
      const tell = () => settings.onhover(row, column);
      return el("td", {
        tabindex: -1,
        onpointerenter: tell,
        onclick: tell,
        onfocus: tell,
        onkeydown: (event) => moveFocus(event, row, column),
      });
    }

    function moveFocus(event, row, column) {
      const moves = {
        ArrowLeft: [0, -1],
        ArrowRight: [0, 1],
        ArrowUp: [-1, 0],
        ArrowDown: [1, 0],
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      const [dr, dc] = moves[event.key];
      const target = cells[row + dr]?.[column + dc];
      if (!target) return;
      cells[row][column].tabIndex = -1;
      target.tabIndex = 0;
      target.focus();
    }

    function update(numbers, changes = {}) {
      settings = { ...settings, ...changes };
      const fits =
        numbers.length === cells.length &&
        numbers.every((row, r) => row.length === cells[r].length);
      if (!fits) build(numbers);
      if (changes.label !== undefined) node.caption.textContent = changes.label;
      const paint = painter(numbers.flat(), settings);
      const marked = new Set(settings.highlight.map(([row, column]) => `${row},${column}`));
      numbers.forEach((row, r) => {
        row.forEach((value, c) => {
          const cell = cells[r][c];
          cell.textContent = value == null ? "" : settings.format(value);
          cell.classList.toggle("marked", marked.has(`${r},${c}`));
          Object.assign(cell.style, paint(value));
        });
      });
    }

    update(rows);
    return { node, update };
  };

  const PLAIN = { background: "", color: "" };

  // The style of a cell, as a function of its number.
  function painter(values, { colors, low, high }) {
    const numbers = values.filter((value) => value != null);
    const least = low ?? Math.min(...numbers);
    const most = high ?? Math.max(...numbers);
    if (colors === "gray") {
      return (value) => {
        if (value == null) return PLAIN;
        const share = (value - least) / (most - least || 1);
        const level = Math.round(255 * Math.min(Math.max(share, 0), 1));
        return {
          background: `rgb(${level}, ${level}, ${level})`,
          color: level > 127 ? "#000" : "#fff",
        };
      };
    }
    if (colors === "signed") {
      const limit = Math.max(Math.abs(least), Math.abs(most)) || 1;
      return (value) => {
        if (value == null) return PLAIN;
        const percent = Math.round(60 * Math.min(Math.abs(value) / limit, 1));
        const color = `var(--${value < 0 ? "negative" : "positive"})`;
        return { background: `color-mix(in srgb, ${color} ${percent}%, transparent)`, color: "" };
      };
    }
    return () => PLAIN;
  }
})();
