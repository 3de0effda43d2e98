// Kernels that find edges: the classic ones, and nine weights of one's own, computed here.
"use strict";

(() => {
  const { el, number } = kit;
  const SHOWN = 384; // CSS px, side of the two squares where there is room

  kit.topic("edges", (root, data) => {
    let weights = data.kernels[0].weights.map((row) => [...row]);
    let name = data.kernels[0].name;
    let answer = convolved(data.crop, weights);
    let at = null; // the number pointed at

    const total = () => Number(weights.flat().reduce((a, b) => a + b, 0).toFixed(6));
    const findsChanges = () => total() === 0;
    const limit = () => Math.max(...answer.flat().filter((value) => value !== null).map(Math.abs), 1e-9);
    const toLevel = () => {
      const most = limit();
      return findsChanges() ? (value) => 128 + (127 * value) / most : (value) => value;
    };

    const inputs = range(3).map((u) => range(3).map((v) => makeInput(u, v)));
    const answers = el("p", { class: "muted" });
    const properties = el("p", { class: "number" });
    const readout = el("output", { class: "readout number" }, "Point at the result for its numbers.");
    const choices = kit.choice("Kernel", data.kernels.map((each) => [each.name, each.label]), name, choose);
    const before = kit.canvas(SHOWN, SHOWN, (context, colors, size) => {
      paint(context, data.crop, size, (value) => value);
      frame(context, colors, size / data.side, at && { row: at.row - 1, column: at.column - 1, side: 3 });
    }, { label: "The middle of the picture, enlarged" });
    const after = kit.canvas(SHOWN, SHOWN, (context, colors, size) => {
      paint(context, answer, size, toLevel());
      frame(context, colors, size / data.side, at && { ...at, side: 1 });
    }, { label: "What the kernel makes of it.", onpoint: (x, y, _kind, width) => point(x / width, y / width) });

    function makeInput(u, v) {
      return el("input", {
        type: "number",
        step: "any",
        "aria-label": `Weight in row ${u + 1}, column ${v + 1}`,
        style: "width: 5rem; font: inherit; text-align: right",
        oninput: (event) => {
          if (!Number.isFinite(event.target.valueAsNumber)) return;
          weights[u][v] = event.target.valueAsNumber;
          name = null;
          for (const choice of choices.querySelectorAll("input")) choice.checked = false;
          show();
        },
      });
    }

    function choose(chosen) {
      name = chosen;
      weights = data.kernels.find((kernel) => kernel.name === chosen).weights.map((row) => [...row]);
      inputs.forEach((row, u) => {
        row.forEach((input, v) => {
          input.value = Number(weights[u][v].toFixed(4));
        });
      });
      show();
    }

    function show() {
      answer = convolved(data.crop, weights);
      const kernel = data.kernels.find((candidate) => candidate.name === name);
      answers.textContent = kernel ? kernel.answers : "A kernel of your own.";
      const shown = findsChanges()
        ? `an even surface gives 0; mid gray is 0, white is ${number(limit())}`
        : `an even surface becomes ${number(total())} times as bright; what is beyond 0 and 255 is cut off`;
      properties.textContent = `The weights sum to ${number(total())}: ${shown}.`;
      before.redraw();
      after.redraw();
      tell();
    }

    function point(x, y) {
      const index = (share) => Math.min(Math.max(Math.floor(share * data.side), 1), data.side - 2);
      at = { row: index(y), column: index(x) };
      before.redraw();
      after.redraw();
      tell();
    }

    function tell() {
      if (at === null) return;
      const { row, column } = at;
      const patch = range(3).map((u) => data.crop[row + u - 1].slice(column - 1, column + 2).join(" "));
      readout.textContent = `Column ${column}, row ${row}: the patch ${patch.join(" / ")} gives ${number(answer[row][column], 2)}.`;
    }

    root.append(
      choices,
      answers,
      el("div", { class: "row" },
        el("table", { "aria-label": "Weights of the kernel" }, inputs.map((row) => el("tr", {}, row.map((input) => el("td", {}, input))))),
        properties,
      ),
      el("div", { class: "pair", style: "margin-top: 1rem; max-width: 52rem" }, before.node, after.node),
      readout,
      kit.note("Change a weight: the result is computed again here, on this page, from the gray levels of the square."),
      el("h4", {}, "Both directions, and the strength of an edge in any direction"),
      el("div", { class: "row" },
        kit.captioned(kit.framed(data.picture, data, "The picture; a frame marks the square above").node, "The picture"),
        kit.captioned(data.across, "Sobel, across"),
        kit.captioned(data.down, "Sobel, down"),
        kit.captioned(data.strength, "√(across² + down²)"),
      ),
      kit.note(`White is ${number(data.limit)} in all three results; of the first two mid gray is 0, of the last black.`),
    );
    choose(name);
  });

  const range = (count) => Array.from({ length: count }, (_, index) => index);

  // A cross-correlation; null where the kernel would reach beyond the square.
  function convolved(pixels, weights) {
    const last = pixels.length - 1;
    return pixels.map((line, row) =>
      line.map((_, place) => {
        if (row === 0 || place === 0 || row === last || place === last) return null;
        let sum = 0;
        for (let u = 0; u < 3; u += 1) {
          for (let v = 0; v < 3; v += 1) sum += pixels[row + u - 1][place + v - 1] * weights[u][v];
        }
        return sum;
      }),
    );
  }

  function paint(context, numbers, size, toLevel) {
    const count = numbers.length;
    const picture = new ImageData(count, count);
    numbers.flat().forEach((value, index) => {
      const level = value === null ? 0 : toLevel(value);
      picture.data.set([level, level, level, value === null ? 0 : 255], 4 * index);
    });
    const sheet = el("canvas", { width: count, height: count });
    sheet.getContext("2d").putImageData(picture, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet, 0, 0, size, size);
  }

  function frame(context, colors, pixel, square) {
    if (!square) return;
    context.lineWidth = 2;
    context.strokeStyle = colors.accent;
    context.strokeRect(square.column * pixel, square.row * pixel, square.side * pixel, square.side * pixel);
  }
})();
