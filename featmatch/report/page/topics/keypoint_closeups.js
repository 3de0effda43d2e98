// One keypoint of ORB, closely: its ring, its orientation, its bits.
"use strict";

(() => {
  const { el, number } = kit;
  const degrees = (radians) => `${number((180 * radians) / Math.PI, 0)}°`;

  kit.keypointCloseups = (data) => {
    const heading = el("h4", {}, "One keypoint, closely");
    if (!data.closeups.length) {
      return [heading, kit.note("No keypoint of the finest scale has a match in this picture: nothing to look at.")];
    }
    const angleOf = ({ match }) => data.keypoints.angles[data.matches.indices[match][0]];
    let chosen = data.closeups[0];
    let threshold = 20;
    let bit = 0;
    const options = data.closeups.map(({ match }, i) => [i, `${i + 1} ${data.matches.errors[match] <= data.max_error ? "✓" : "✗"}`]);
    const stage = el("div");

    function show() {
      stage.replaceChildren(...ring(), ...orientation(), ...bits());
    }

    function ring() {
      const told = el("output", { class: "readout" });
      const middle = (chosen.patch.width - 1) / 2;
      const cells = Array.from({ length: 7 }, () => Array(7).fill(null));
      cells[3][3] = chosen.center;
      for (const [i, [x, y]] of data.ring.entries()) cells[3 + y][3 + x] = chosen.ring[i];
      const grid = kit.grid(cells, { label: "FAST: the pixel and its ring", colors: "gray", low: 0, high: 255, format: String });
      const tell = () => {
        const arc = longestArc(chosen.ring.map((value) => value - chosen.center), threshold);
        grid.update(cells, { highlight: arc.map((i) => [3 + data.ring[i][1], 3 + data.ring[i][0]]) });
        told.textContent = `The longest arc that differs by more than ${threshold} has ${arc.length} of 16 pixels: ${arc.length >= 9 ? "a corner" : "no corner"}. The threshold, 20 at first, is yours to choose: ORB's is 5, so that faint corners count too.`;
      };
      const slider = kit.slider("Threshold", { min: 1, max: 120, value: threshold }, (value) => {
        threshold = value;
        tell();
      });
      tell();
      const around = kit.drawnOn(chosen.patch, "The pixels around the keypoint.", (context, colors, scale) => {
        context.strokeStyle = colors.series[0];
        context.lineWidth = 2;
        context.strokeRect((middle - 3) * scale, (middle - 3) * scale, 7 * scale, 7 * scale);
      }, { maxWidth: 260, pixelated: true });
      return [
        el("div", { class: "row" }, el("div", { style: "width: 260px" }, around.node), el("div", {}, grid.node, slider, told)),
      ];
    }

    function orientation() {
      const [x, y] = chosen.centroid;
      const length = Math.hypot(x, y);
      return [
        el(
          "p",
          {},
          `Orientation: in a disc of 31 pixels the center of brightness lies ${number(length)} pixels off the middle, in the direction ` +
            `${degrees((Math.atan2(y, x) + 2 * Math.PI) % (2 * Math.PI))}; OpenCV tells ${degrees(angleOf(chosen))} (from the x axis, downwards). The pairs below are turned by it.`,
        ),
      ];
    }

    function bits() {
      const told = el("output", { class: "readout" });
      const differing = chosen.bits.map((value, i) => Number(value !== chosen.matched_bits[i]));
      const pair = kit.drawnOn(chosen.patch, "The two pixels that the chosen bit compares.", drawPair, { maxWidth: 260, pixelated: true });
      const squares = bitCanvas(chosen.bits, differing, (index) => {
        bit = index;
        tell();
      });

      function drawPair(context, colors, scale) {
        const middle = (chosen.patch.width - 1) / 2;
        const place = (value) => (middle + value + 0.5) * scale;
        const [x0, y0, x1, y1] = turned(data.pairs[bit], angleOf(chosen)).map(place);
        context.lineWidth = 2.5;
        context.strokeStyle = colors.series[0];
        context.beginPath();
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
        context.stroke();
        context.fillStyle = colors.series[0];
        context.fillRect(x0 - scale / 2, y0 - scale / 2, scale, scale);
        context.strokeRect(x1 - scale, y1 - scale, 2 * scale, 2 * scale);
      }

      function tell() {
        const [first, second] = chosen.pair_values[bit];
        const answer = chosen.bits[bit] ? "yes, the bit is 1" : "no, the bit is 0";
        const other = differing[bit] ? "the match has the other answer" : "the match has the same";
        told.textContent = `Bit ${bit + 1} of 256: is ${first} (filled) darker than ${second} (frame), after smoothing? ${answer}; ${other}.`;
        squares.choose(bit);
        pair.redraw();
      }

      const { distances, errors } = data.matches;
      const right = errors[chosen.match] <= data.max_error;
      bit = 0;
      tell();
      return [
        el("div", { class: "row" }, el("div", { style: "width: 260px" }, pair.node), el("div", { style: "width: 260px" }, squares.node)),
        told,
        el(
          "p",
          {},
          `Of the 256 bits ${distances[chosen.match]} differ from those of its match (dots). The match is ${right ? "right" : "wrong"}: ` +
            `${number(errors[chosen.match], 1)} pixels from where the map puts the point. Two descriptors without relation differ in about 128. (Other points, or another second picture, have other numbers.)`,
        ),
      ];
    }

    show();
    return [
      heading,
      el(
        "div",
        { class: "controls" },
        kit.choice("Keypoint (✓ matched right, ✗ wrong)", options, 0, (index) => {
          chosen = data.closeups[index];
          show();
        }),
      ),
      stage,
    ];
  };

  // A pair of pixels turned with its keypoint, to whole pixels.
  function turned([x0, y0, x1, y1], angle) {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return [c * x0 - s * y0, s * x0 + c * y0, c * x1 - s * y1, s * x1 + c * y1].map(Math.round);
  }

  // The longest arc of a ring whose differences are all above, or all below, the threshold.
  function longestArc(differences, threshold) {
    let best = [];
    for (const sign of [1, -1]) {
      let places = [];
      for (let i = 0; i < 2 * differences.length && places.length < differences.length; i += 1) {
        const place = i % differences.length;
        places = sign * differences[place] > threshold ? [...places, place] : [];
        if (places.length > best.length) best = places;
      }
    }
    return best;
  }

  // 256 bits as squares, 1 filled; dots where the match differs.
  function bitCanvas(bits, differing, choose) {
    let chosen = 0;
    const draw = (context, colors, width) => {
      const cell = width / 16;
      bits.forEach((value, i) => {
        const [x, y] = [(i % 16) * cell, Math.floor(i / 16) * cell];
        context.fillStyle = value ? colors.text : colors.surface;
        context.fillRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
        if (differing[i]) {
          context.fillStyle = colors.series[0];
          context.beginPath();
          context.arc(x + cell / 2, y + cell / 2, cell / 5, 0, 2 * Math.PI);
          context.fill();
        }
      });
      context.strokeStyle = colors.accent;
      context.lineWidth = 3;
      context.strokeRect((chosen % 16) * cell + 1, Math.floor(chosen / 16) * cell + 1, cell - 2, cell - 2);
    };
    const canvas = kit.canvas(260, 260, draw, {
      label: "The 256 bits of the descriptor; point at one.",
      onpoint: (x, y, _kind, width) => choose(Math.floor((16 * y) / width) * 16 + Math.floor((16 * x) / width)),
    });
    return {
      node: canvas.node,
      choose(index) {
        chosen = index;
        canvas.redraw();
      },
    };
  }
})();
