// What the sections of a comparison share: their list, and how intervals are shown.
"use strict";

(() => {
  const { el, number } = kit;

  kit.sections = [];

  // Register a section; render(root, comparison) fills `root`, which has its heading.
  kit.section = (id, title, render) => kit.sections.push({ id, title, render });

  // A number with its bootstrap interval below it.
  kit.interval = ({ value, low, high }, digits = 2) => {
    if (value == null) return "–";
    const range =
      low == null || high == null ? null : `${number(low, digits)}–${number(high, digits)}`;
    return el("span", {}, number(value, digits), range && el("small", {}, range));
  };

  // Errors of a homography over seeds: the median with the range below it, or that it failed.
  kit.overSeeds = ({ median, low, high, num_failed: failed, num_seeds: seeds }, digits = 2) => {
    if (!seeds) return "–";
    if (median == null) return "failed";
    const [least, most] = [low, high].map((error) => number(error, digits));
    const range = failed ? `${failed} of ${seeds} failed` : least !== most && `${least}–${most}`;
    return el("span", {}, number(median, digits), range && el("small", {}, range));
  };
})();
