// kit.scale: where the numbers of a chart lie on its drawing, and which are written at its axes.
"use strict";

(() => {
  const MARGIN = { top: 24, right: 16, bottom: 48, left: 52 }; // CSS px around the lines

  // {x, y} turn numbers into CSS px; xTicks and yTicks are round numbers to write at the axes;
  // places are the numbers on the x axis that the series have.
  kit.scale = ({ x, y, series }, width, height) => {
    const places = [...new Set(series.flatMap((line) => line.x))].sort((a, b) => a - b);
    const values = series.flatMap((line) => [...line.y, ...(line.low ?? []), ...(line.high ?? [])]);
    const whole = places.every(Number.isInteger); // as of epochs, which have no halves
    const real = values.filter((value) => value != null);
    const log = x.log ? Math.log10 : (value) => value;
    const [left, right] = [x.min ?? places[0] ?? 0, x.max ?? places.at(-1) ?? 1];
    const bottom = y.min ?? Math.min(0, ...real);
    const top = y.max ?? niceTop(Math.max(...real, bottom), bottom);
    const inner = {
      width: width - MARGIN.left - MARGIN.right,
      height: height - MARGIN.top - MARGIN.bottom,
    };
    const share = (value) => (log(value) - log(left)) / (log(right) - log(left) || 1);
    return {
      places: places.filter((place) => place >= left && place <= right),
      xTicks: x.log ? logTicks(left, right) : ticks(left, right, width < 440 ? 4 : 7, whole),
      yTicks: ticks(bottom, top, 5),
      x: (value) => MARGIN.left + share(value) * inner.width,
      y: (value) => MARGIN.top + inner.height * (1 - (value - bottom) / (top - bottom || 1)),
    };
  };
  kit.scale.margin = MARGIN;

  function niceStep(span, count, whole) {
    const rough = Math.max(span / count || 1, whole ? 1 : 0);
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 2.5, 5, 10]
      .map((factor) => factor * power)
      .find((step) => step >= rough * 0.999 && !(whole && step % 1));
  }

  function niceTop(most, least) {
    if (!(most > least)) return least + 1;
    const step = niceStep(most - least, 5);
    return Math.ceil(most / step - 1e-9) * step;
  }

  function ticks(low, high, count, whole) {
    // Axes of angles are told in parts of a full turn.
    const step = high - low === 360 ? (count < 5 ? 90 : 45) : niceStep(high - low, count, whole);
    const first = Math.ceil(low / step - 1e-9);
    const last = Math.floor(high / step + 1e-9);
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) =>
      Number(((first + i) * step).toPrecision(10)),
    );
  }

  function logTicks(low, high) {
    const ratio = high / low;
    const factor = ratio <= 40 ? 2 : 10;
    const exponent = Math.ceil(Math.log(low) / Math.log(factor) - 1e-9);
    const found = [];
    for (let e = exponent; factor ** e <= high * 1.0001; e += 1) found.push(factor ** e);
    return found;
  }
})();
