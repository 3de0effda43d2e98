// kit.touchOverlay: picture 0 laid over picture 1: a border to move, in turn, their difference.
"use strict";

(() => {
  const { el, number } = kit;
  const INTERVAL = 700; // milliseconds between two pictures
  const MOST = { width: 1400, height: 720 }; // CSS px
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  kit.touchOverlay = (root, view) => {
    if (!view.images) return;
    const made = kit.warp(view);
    const { width, height, covered } = made;
    const state = { mode: "border", share: 0.5, upper: true, gain: 1, even: true };
    const layers = { warped: asCanvas(made.warped), fixed: asCanvas(made.fixed) };
    const differences = new Map();
    const readout = el("output", { class: "readout", "aria-live": "polite" });
    const options = el("div", { class: "controls" });
    const shown = Math.min(MOST.width, (MOST.height * width) / height, 8 * width);

    function difference() {
      if (!differences.has(state.even))
        differences.set(state.even, asCanvas(differenceOf(made, state.even)));
      return differences.get(state.even);
    }

    function draw(context, colors, wide, high) {
      const show = (layer) => context.drawImage(layer, 0, 0, wide, high);
      context.fillStyle = colors.surface;
      context.fillRect(0, 0, wide, high);
      if (state.mode === "blink") show(state.upper ? layers.warped : layers.fixed);
      else if (state.mode === "difference") {
        context.filter = `brightness(${state.gain})`;
        show(difference());
        context.filter = "none";
      } else drawBorder(context, show, wide, high);
    }

    function drawBorder(context, show, wide, high) {
      const x = state.share * wide;
      const clipped = (left, right, layer) => {
        context.save();
        context.beginPath();
        context.rect(left, 0, right - left, high);
        context.clip();
        show(layer);
        context.restore();
      };
      clipped(0, x, layers.fixed);
      clipped(x, wide, layers.warped);
      for (const [style, thickness] of [
        ["rgb(0 0 0 / 60%)", 4],
        [kit.touchColors.chosen, 2],
      ]) {
        context.fillStyle = style;
        context.fillRect(x - thickness / 2, 0, thickness, high);
      }
    }

    const canvas = kit.canvas(shown, (shown * height) / width, draw, {
      label: "Picture 0 laid over picture 1.",
      onpoint: (x, _y, _kind, wide) => state.mode === "border" && moveBorder(x / wide),
    });

    function moveBorder(share) {
      state.share = Math.min(Math.max(share, 0), 1);
      const input = options.querySelector("input[type=range]");
      if (input) {
        input.value = Math.round(100 * state.share);
        input.dispatchEvent(new Event("input"));
      }
    }

    // One picture in place of the other.
    function turn() {
      state.upper = !state.upper;
      tell();
    }

    function blinker() {
      let timer = null;
      const run = (on) => {
        clearInterval(timer);
        timer = on ? setInterval(() => (node.isConnected ? turn() : run(false)), INTERVAL) : null;
      };
      const node = kit.check("By itself", !still.matches, run);
      run(!still.matches);
      return [el("button", { type: "button", onclick: turn }, "The other one"), node];
    }

    const controls = {
      border: () => [
        kit.slider(
          "Border",
          { min: 0, max: 100, value: Math.round(100 * state.share), format: (value) => `${value} %` },
          (value) => {
            state.share = value / 100;
            canvas.redraw();
          },
        ),
      ],
      blink: blinker,
      difference: () => [
        kit.slider("Times", { min: 1, max: 8, value: state.gain, format: (value) => `× ${value}` }, (value) => {
          state.gain = value;
          canvas.redraw();
        }),
        kit.check("Brightness and contrast evened out", state.even, (value) => {
          state.even = value;
          canvas.redraw();
        }),
      ],
    };

    function tell() {
      const words = {
        border: "Left of the border picture 1, right of it picture 0 in its place.",
        blink: `Picture ${state.upper ? "0 in its place" : 1}.`,
        difference: "Black where both are the same.",
      };
      readout.textContent = `${words[state.mode]} Picture 0 covers ${number(100 * covered, 0)} % of picture 1.`;
      canvas.redraw();
    }

    function choose(mode) {
      state.mode = mode;
      options.replaceChildren(...controls[mode]());
      tell();
    }

    root.append(
      el(
        "div",
        { class: "controls" },
        kit.choice("As", [["border", "a border to move"], ["blink", "in turn"], ["difference", "difference"]], "border", choose),
        options,
      ),
      canvas.node,
      readout,
    );
    choose("border");
  };

  function asCanvas(pixels) {
    const canvas = el("canvas", { width: pixels.width, height: pixels.height });
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  }

  // How much both differ in each channel, where both show something; with `even`, after the mean and
  // the spread of picture 0 have been made those of picture 1.
  function differenceOf({ warped, fixed }, even) {
    const found = new ImageData(fixed.width, fixed.height);
    for (let channel = 0; channel < 3; channel += 1) {
      const [mean0, spread0] = momentsOf(warped.data, warped.data, channel);
      const [mean1, spread1] = momentsOf(fixed.data, warped.data, channel);
      const gain = even && spread0 > 0 ? spread1 / spread0 : 1;
      const offset = even ? mean1 - gain * mean0 : 0;
      for (let at = channel; at < found.data.length; at += 4) {
        found.data[at] = Math.abs(gain * warped.data[at] + offset - fixed.data[at]);
      }
    }
    for (let at = 3; at < found.data.length; at += 4) found.data[at] = warped.data[at];
    return found;
  }

  // Mean and standard deviation of a channel where `mask` is opaque.
  function momentsOf(data, mask, channel) {
    let [num, sum, squares] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (!mask[at + 3]) continue;
      const value = data[at + channel];
      num += 1;
      sum += value;
      squares += value * value;
    }
    const mean = sum / (num || 1);
    return [mean, Math.sqrt(Math.max(0, squares / (num || 1) - mean * mean))];
  }
})();
