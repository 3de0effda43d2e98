// The kit: everything that sections and topics build their part of the page with.
//
// kit.js has the elements, numbers, colors and the list of topics; kit/*.js add controls, canvases,
// grids of numbers and charts. Text of the user never becomes markup: children are text nodes.
//
// Classes that style/*.css offers: "row" (children side by side, wrapping), "column" (one below the
// other), "controls" (a bar of sliders, choices, checks), "muted", "number" (digits of one width),
// "readout" (a line that tells what is pointed at; use an <output>), "visually-hidden".
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const topics = new Map();

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (typeof value === "function") {
        element.addEventListener(name.replace(/^on/, ""), value);
      } else if (name.startsWith("aria-") && value != null) {
        element.setAttribute(name, String(value));
      } else if (value === true) {
        element.setAttribute(name, "");
      } else if (value !== false && value != null) {
        element.setAttribute(name, String(value));
      }
    }
    const present = children.flat(Infinity).filter((child) => child != null && child !== false);
    element.append(...present.map((child) => (child instanceof Node ? child : String(child))));
    return element;
  }

  // An element. Attributes are strings, numbers, booleans, or functions for "onclick" and the like;
  // children are nodes, strings, numbers, lists of them; null and false are left out.
  function el(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  // The same for the elements of an SVG drawing.
  function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }

  // A number as text: "–" for none, thousands with commas, `digits` decimals. Without `digits`,
  // integers have none and other numbers about three significant digits.
  function number(value, digits) {
    if (value == null || Number.isNaN(value)) return "–";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    const decimals =
      digits ??
      (Number.isInteger(value) ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : 5);
    const text = size.toLocaleString("en-US", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
  }

  let present = null;

  // The colors of the present theme: text, muted, line, accent, background, surface, positive,
  // negative, and series, a list for the lines of charts.
  function colors() {
    if (present === null) {
      const style = getComputedStyle(document.documentElement);
      const color = (name) => style.getPropertyValue(`--${name}`).trim();
      const names = "text muted line accent background surface positive negative".split(" ");
      present = Object.fromEntries(names.map((name) => [name, color(name)]));
      present.series = [1, 2, 3, 4, 5, 6].map((index) => color(`series-${index}`));
    }
    return present;
  }

  const system = matchMedia("(prefers-color-scheme: dark)");
  const REMEMBERED = "featmatch-theme";
  let chosenTheme = remembered();
  let onPaper = false; // which is light, with its drawings

  // The theme chosen on an earlier page; a browser may keep nothing, as in a private window.
  function remembered() {
    try {
      return localStorage.getItem(REMEMBERED);
    } catch {
      return null;
    }
  }

  // Choose the theme: "light", "dark", or null for that of the system.
  function setTheme(theme) {
    chosenTheme = theme;
    try {
      if (theme) localStorage.setItem(REMEMBERED, theme);
      else localStorage.removeItem(REMEMBERED);
    } catch {
      // it holds for this page, then
    }
    showTheme();
  }

  function showTheme() {
    const dark = !onPaper && (chosenTheme ? chosenTheme === "dark" : system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    present = null;
    for (const node of document.querySelectorAll("[data-redraw]")) {
      node.dispatchEvent(new Event("redraw"));
    }
  }

  const isDark = () => document.documentElement.dataset.theme === "dark";

  // A picture {src, width, height} that shrinks with its column.
  function picture({ src, width, height }, alt) {
    return el("img", { class: "picture", src, width, height, alt: alt ?? "" });
  }

  // The picture {src} once it can be drawn on a canvas.
  async function loaded({ src }) {
    const image = new Image();
    image.src = src;
    await image.decode();
    return image;
  }

  // A table. The first cell of each row is its header; cells are text, numbers or nodes.
  function table(caption, headers, rows) {
    const cell = (value) => (typeof value === "number" ? number(value) : (value ?? "–"));
    return el(
      "div",
      { class: "table", role: "region", "aria-label": caption, tabindex: 0 },
      el(
        "table",
        {},
        el("caption", {}, caption),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            headers.map((text) => el("th", { scope: "col" }, text)),
          ),
        ),
        el(
          "tbody",
          {},
          rows.map(([first, ...rest]) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, cell(first)),
              rest.map((value) => el("td", {}, cell(value))),
            ),
          ),
        ),
      ),
    );
  }

  // A paragraph of small print.
  function note(text) {
    return el("p", { class: "note" }, text);
  }

  // Register what shows a topic: render(root, data, topic) fills `root`. Title, summary, code and
  // notes of the topic are shown by the page around it.
  function topic(name, render) {
    topics.set(name, render);
  }

  system.addEventListener("change", showTheme);
  for (const name of ["beforeprint", "afterprint"]) {
    addEventListener(name, () => {
      onPaper = name === "beforeprint";
      showTheme();
    });
  }
  showTheme();

  window.kit = {
    ...{ el, svg, number, colors, setTheme, isDark, picture, loaded, table, note, topic, topics },
  };
})();
