// The kernels of the first layer, beside those made by hand.
"use strict";

kit.section("kernels", "The first kernels, beside those made by hand", (root, comparison) => {
  const { el, number } = kit;
  const { weights, nearest, classic, noise_likeness: noise } = comparison.feature_maps.kernels;
  // What random numbers reach is no likeness.
  const told = ([name, likeness]) =>
    Math.abs(likeness) > noise ? [name, likeness] : ["like none", likeness];

  const networks = kit.networks(comparison);
  const drawn = el("div", { class: "kernels" });

  // Which kernel made by hand is like one is known of the network that was kept.
  function show(network) {
    const kernels = network === networks.kept ? weights : kit.firstKernels(network);
    const captions = network === networks.kept ? nearest.map(told) : kernels.map((_, i) => [`kernel ${i + 1}`, null]);
    drawn.replaceChildren(...kernels.map((kernel, i) => named(kernel, ...captions[i])));
  }

  const named = (values, name, likeness) =>
    el(
      "figure",
      { class: "kernel" },
      kernelPicture(values, likeness == null ? name : `A kernel of the network, ${name}`),
      el("figcaption", {}, name, likeness != null && el("small", {}, number(likeness, 2))),
    );

  root.append(
    el(
      "p",
      {},
      `Each kernel of the first layer in pixels of the image: blue where bright pixels raise the answer, orange where they lower it. Below each is the hand-made kernel most like it, and how alike they are (1: the same, −1: the same with dark and bright exchanged). Random numbers are alike too: 19 of 20 random kernels reach up to ${number(noise, 2)}, so up to there no name is given.`,
    ),
    el("div", { class: "controls" }, networks.choice(show)),
    drawn,
    el("h4", {}, "Made by hand"),
    el(
      "div",
      { class: "kernels" },
      Object.entries(classic).map(([name, kernel]) => named(kernel, name)),
    ),
  );

  show(networks.kept);

  function kernelPicture(values, name) {
    const most = Math.max(...values.flat().map(Math.abs)) || 1;
    return kit.canvas(
      84,
      84,
      (context, colors, width, height) => {
        const side = width / values.length;
        context.fillStyle = colors.surface;
        context.fillRect(0, 0, width, height);
        values.forEach((row, r) => {
          row.forEach((value, c) => {
            context.globalAlpha = Math.abs(value) / most;
            context.fillStyle = value < 0 ? colors.negative : colors.positive;
            context.fillRect(c * side, r * side, Math.ceil(side), Math.ceil(side));
          });
        });
        context.globalAlpha = 1;
      },
      { label: `${name}.` },
    ).node;
  }
});
