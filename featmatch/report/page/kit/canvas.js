// kit.canvas: a drawing that fits its column, sharp on any screen, redrawn when the theme changes.
"use strict";

(() => {
  const STEPS = 48; // arrow keys cross the canvas in so many steps

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) target.dispatchEvent(new Event("redraw"));
  });

  // `width` and `height` are the size in CSS px where there is room; in a narrower column the canvas
  // shrinks and keeps its shape. draw(context, colors, width, height) gets the PRESENT size, and
  // onpoint(x, y, kind, width, height) tells points in the same units: divide by that width to know
  // where on the picture they are. `kind` is "hover" or "click"; with the focus on the canvas, arrow
  // keys hover and Enter clicks.
  kit.canvas = (width, height, draw, { label, onpoint } = {}) => {
    const node = kit.el("canvas", {
      class: "canvas",
      style: `max-width: ${width}px; aspect-ratio: ${width} / ${height}`,
      "data-redraw": true,
      role: onpoint ? "application" : "img",
      "aria-label": onpoint ? `${label} Arrow keys move the point, Enter chooses.` : label,
      tabindex: onpoint ? 0 : null,
    });
    const context = node.getContext("2d");
    let shown = width; // the present width

    function redraw() {
      const box = node.getBoundingClientRect();
      shown = box.width || width;
      const shownHeight = (shown * height) / width;
      const density = window.devicePixelRatio || 1;
      const columns = Math.round(shown * density);
      const rows = Math.round(shownHeight * density);
      if (node.width !== columns || node.height !== rows) {
        node.width = columns;
        node.height = rows;
      }
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, shown, shownHeight);
      draw(context, kit.colors(), shown, shownHeight);
    }

    if (onpoint)
      listen(node, (x, y, kind) => {
        onpoint(x * shown, (y * shown * height) / width, kind, shown, (shown * height) / width);
      });
    node.addEventListener("redraw", redraw);
    sizes.observe(node); // draws it, once it has a place on the page
    return { node, redraw };
  };

  // Tell points by pointer and keys as fractions of the canvas: tell(x, y, kind).
  function listen(node, tell) {
    const at = { x: 0.5, y: 0.5 };
    const inside = (value) => Math.min(Math.max(value, 0), 0.9999);
    const move = (event, kind) => {
      const box = node.getBoundingClientRect();
      at.x = inside((event.clientX - box.left) / box.width);
      at.y = inside((event.clientY - box.top) / box.height);
      tell(at.x, at.y, kind);
    };
    node.addEventListener("pointermove", (event) => move(event, "hover"));
    node.addEventListener("click", (event) => move(event, "click"));
    node.addEventListener("keydown", (event) => {
      const step = (event.shiftKey ? 4 : 1) / STEPS;
      const moves = {
        ArrowLeft: [-step, 0],
        ArrowRight: [step, 0],
        ArrowUp: [0, -step],
        ArrowDown: [0, step],
      };
      const chosen = event.key === "Enter" || event.key === " ";
      if (!chosen && !(event.key in moves)) return;
      event.preventDefault();
      const [dx, dy] = moves[event.key] ?? [0, 0];
      at.x = inside(at.x + dx);
      at.y = inside(at.y + dy);
      tell(at.x, at.y, chosen ? "click" : "hover");
    });
  }
})();
