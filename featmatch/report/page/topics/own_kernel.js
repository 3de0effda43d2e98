// A kernel that the reader paints, 3 × 3 or 5 × 5, run over the whole picture while it is painted.
"use strict";

(() => {
  const { el, number } = kit;
  const CELL = 44; // CSS px
  const WEIGHTS = [-2, -1, 0, 1, 2];
  const STARTS = {
    3: [
      [0, -1, 0],
      [-1, 4, -1],
      [0, -1, 0],
    ],
    5: [
      [1, 1, 0, -1, -1],
      [1, 2, 0, -2, -1],
      [2, 2, 0, -2, -2],
      [1, 2, 0, -2, -1],
      [1, 1, 0, -1, -1],
    ],
  };

  // picture: {src, width, height} in gray.
  kit.ownKernel = (picture) => {
    const state = { weights: STARTS[3], brush: 1, at: [1, 1], gray: null, made: null };
    const told = el("output", { class: "readout number", "aria-live": "polite" });
    const said = el("output", { class: "visually-hidden", "aria-live": "polite" });
    const board = el("div");
    const result = kit.canvas(
      Math.max(picture.width, 384),
      Math.round((Math.max(picture.width, 384) * picture.height) / picture.width),
      (context, _colors, width, height) => {
        if (state.made) context.drawImage(state.made, 0, 0, width, height);
      },
      { label: "What your kernel makes of the whole picture." },
    );

    function paintBoard() {
      const side = state.weights.length;
      const canvas = kit.canvas(
        CELL * side,
        CELL * side,
        (context, colors, width) => {
          const cell = width / side;
          context.font = `${Math.round(cell / 2.4)}px sans-serif`;
          context.textAlign = "center";
          context.textBaseline = "middle";
          state.weights.forEach((row, r) => {
            row.forEach((weight, c) => {
              context.fillStyle = colors.surface;
              context.fillRect(c * cell, r * cell, cell - 2, cell - 2);
              context.globalAlpha = Math.abs(weight) / 3;
              context.fillStyle = weight < 0 ? colors.negative : colors.positive;
              context.fillRect(c * cell, r * cell, cell - 2, cell - 2);
              context.globalAlpha = 1;
              context.fillStyle = colors.text;
              context.fillText(number(weight), (c + 0.5) * cell, (r + 0.5) * cell);
            });
          });
          const [r, c] = state.at;
          context.lineWidth = 2;
          context.strokeStyle = colors.accent;
          context.strokeRect(c * cell + 1, r * cell + 1, cell - 4, cell - 4);
        },
        { label: `Your kernel of ${side} × ${side} weights: choose a weight, then paint.`, onpoint: point },
      );
      canvas.node.addEventListener("keydown", (event) => byKeys(event, side), true);
      canvas.node.style.touchAction = "none"; // a finger paints
      let down = false;
      canvas.node.addEventListener("pointerdown", (event) => {
        down = true;
        canvas.node.setPointerCapture(event.pointerId);
      });
      for (const end of ["pointerup", "pointercancel"]) canvas.node.addEventListener(end, () => (down = false));

      function point(x, y, kind, width) {
        const place = (value) => Math.min(Math.floor((value / width) * side), side - 1);
        state.at = [place(y), place(x)];
        if (kind === "click" || down) set(state.brush);
        else canvas.redraw();
      }

      function set(weight) {
        const [r, c] = state.at;
        state.weights = state.weights.map((row, i) => row.map((old, j) => (i === r && j === c ? weight : old)));
        canvas.redraw();
        run();
      }

      // Arrow keys go from weight to weight, and not by so many pixels.
      function byKeys(event, count) {
        const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
        const painted = event.key === "Enter" || event.key === " ";
        if (!painted && !(event.key in moves)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        const move = moves[event.key] ?? [0, 0];
        state.at = state.at.map((place, axis) => Math.min(Math.max(place + move[axis], 0), count - 1));
        if (painted) set(state.brush);
        else canvas.redraw();
        const [r, c] = state.at;
        said.textContent = `Row ${r + 1}, column ${c + 1}: ${number(state.weights[r][c])}`;
      }

      board.replaceChildren(canvas.node, said);
    }

    // A cross-correlation of the whole picture; the border, where the kernel would reach beyond, is
    // left at 0.
    function run() {
      if (!state.gray) return;
      const { width, height, levels } = state.gray;
      const side = state.weights.length;
      const margin = (side - 1) / 2;
      const values = new Float32Array(width * height);
      for (let y = margin; y < height - margin; y += 1) {
        for (let x = margin; x < width - margin; x += 1) {
          let sum = 0;
          for (let r = 0; r < side; r += 1) {
            for (let c = 0; c < side; c += 1) sum += state.weights[r][c] * levels[(y + r - margin) * width + x + c - margin];
          }
          values[y * width + x] = sum;
        }
      }
      const total = state.weights.flat().reduce((sum, weight) => sum + weight, 0);
      const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
      state.made = drawn(values, width, height, total ? (value) => value / total : (value) => 128 + (127 * value) / most);
      result.redraw();
      told.textContent = total
        ? `The weights sum to ${number(total)}: an even surface becomes ${number(total)} times as bright; the picture is divided by that.`
        : `The weights sum to 0: an even surface gives 0, which is mid gray; black and white are ${number(-most)} and ${number(most)}.`;
    }

    function drawn(values, width, height, level) {
      const canvas = el("canvas", { width, height });
      const context = canvas.getContext("2d");
      const pixels = context.createImageData(width, height);
      values.forEach((value, at) => {
        pixels.data.fill(level(value), 4 * at, 4 * at + 3);
        pixels.data[4 * at + 3] = 255;
      });
      context.putImageData(pixels, 0, 0);
      return canvas;
    }

    function start(weights) {
      Object.assign(state, { weights, at: [0, 0].map(() => (weights.length - 1) / 2) });
      paintBoard();
      run();
    }

    start(STARTS[3]);
    kit.grayLevels(picture).then((gray) => {
      state.gray = gray;
      run();
    });
    return el(
      "div",
      { class: "own-kernel try" },
      el("h4", {}, "A kernel of your own"),
      el("p", {}, "Paint weights: positive ones ask for brightness, negative ones for darkness. The whole picture is worked out again with every stroke."),
      el(
        "div",
        { class: "controls" },
        kit.choice("Size", [[3, "3 × 3"], [5, "5 × 5"]], 3, (side) => start(STARTS[side])),
        kit.choice("Weight to paint", WEIGHTS.map((weight) => [weight, number(weight)]), state.brush, (weight) => {
          state.brush = weight;
        }),
        el("button", { type: "button", onclick: () => start(state.weights.map((row) => row.map(() => 0))) }, "Clear"),
      ),
      el("div", { class: "row" }, board, el("div", { style: "flex: 1 1 20rem" }, result.node)),
      told,
    );
  };
})();
