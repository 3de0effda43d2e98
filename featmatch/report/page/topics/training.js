// Training: iterations and epochs, the shipped run, and three small runs with a slider of epochs.
"use strict";

(() => {
  const { el, number } = kit;
  const LAST = 5; // epochs that tell where a loss has come to
  const MAX_LOSS = 2; // what is above it, before training mostly, would squeeze the rest of a chart

  const COLUMNS = "grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr))";

  kit.topic("training", (root, data) => {
    root.append(...counting(data), ...smallRuns(data), kit.ownTraining(data), ...shippedRun(data));
  });

  // ---- examples, batches, iterations, epochs ----

  function counting({ runs }) {
    const counts = { examples: runs[0].num_patches, batch: runs[0].batch_size, epochs: 30 };
    const told = el("output", { class: "readout" });
    const slider = (label, name, range) =>
      kit.slider(label, { ...range, value: counts[name] }, (value) => {
        counts[name] = value;
        show();
      });

    function show() {
      const { examples, batch, epochs } = counts;
      const iterations = Math.ceil(examples / batch);
      const rest = examples % batch;
      told.textContent =
        `${number(iterations)} iterations make an epoch` +
        (rest && iterations > 1 ? `, the last of them with ${rest} examples` : "") +
        `; ${number(epochs)} epochs are ${number(epochs * iterations)} iterations: so often do the weights change.`;
    }

    show();
    return [
      el("h4", {}, "Iterations and epochs"),
      el(
        "div",
        { class: "controls" },
        slider("Examples", "examples", { min: 20, max: 1000, step: 20 }),
        slider("Examples in a batch", "batch", { min: 1, max: 100 }),
        slider("Epochs", "epochs", { min: 1, max: 100 }),
      ),
      told,
    ];
  }

  // ---- under-fitting, fitting, over-fitting ----

  function smallRuns({ runs, view, patch_size, noise }) {
    const parts = runs.map((run) => runPart(run, patch_size));
    const epochs = runs[0].snapshots.map(({ epoch }) => epoch);

    function show(index) {
      for (const part of parts) part.show(index);
    }

    const last = epochs.length - 1;
    show(last);
    return [
      el("h4", {}, "Three runs on patches of your image"),
      el(
        "p",
        {},
        `Each network sees ${patch_size} × ${patch_size} pixels of the image with noise (deviation ${number(noise, 1)} of ` +
          "the image's contrast) and is to say how strong the edge in the middle is in the image without noise. " +
          `Who always answered with the average would have a loss of ${number(runs[0].average_loss, 2)} on the patches that are held out.`,
      ),
      el(
        "div",
        { class: "row" },
        enlarged(view.clean, "A part of your image that no run was trained on"),
        enlarged(view.noisy, "What the networks see of it"),
        enlarged(view.edges, "What they should answer"),
      ),
      el(
        "div",
        { class: "controls" },
        kit.slider(
          "Epochs trained",
          { min: 0, max: last, value: last, format: (index) => `${epochs[index]} of ${epochs.at(-1)}` },
          show,
        ),
      ),
      el("div", { class: "pair", style: COLUMNS }, parts.map(({ node }) => node)),
    ];
  }

  function runPart(run, patchSize) {
    const chart = kit.chart(learningCurves(run, 0));
    const pictures = el("div", { class: "row" });
    const told = el("output", { class: "readout" });

    function show(index) {
      const { epoch, kernels, answer } = run.snapshots[index];
      const shown = (kernels.width + 1) / (patchSize + 1);
      const caption = shown < run.num_filters ? `${shown} of its ${run.num_filters} kernels` : "Its kernels";
      chart.update(learningCurves(run, epoch));
      pictures.replaceChildren(
        enlarged(answer, "What it answers"),
        enlarged(kernels, `${caption}; mid gray is 0, each on its own scale`, shown > 1 ? 5 : 8),
      );
      told.textContent =
        `After ${epoch} epochs: loss ${number(run.losses[epoch])} on its own examples, ` +
        `${number(run.held_out_losses[epoch])} on patches that are held out.`;
    }

    const node = el(
      "div",
      { "data-run": run.name },
      el("h5", { style: "margin: 0.5rem 0; font-size: 1rem" }, run.title),
      el(
        "p",
        { class: "muted" },
        `${run.num_filters} ${run.num_filters === 1 ? "kernel" : "kernels"}, ${number(run.num_parameters)} parameters; ` +
          `${number(run.num_patches)} examples in batches of ${run.batch_size}: ${run.iterations_per_epoch} iterations an epoch.`,
      ),
      pictures,
      told,
      chart.node,
      el("p", {}, words(run)),
    );
    return { node, show };
  }

  function learningCurves({ losses, held_out_losses, best_epoch }, epoch) {
    const x = losses.map((_, i) => i);
    const drawn = (values) => values.map((value) => (value <= MAX_LOSS ? value : null));
    const marks = [{ x: epoch, label: `epoch ${epoch}` }];
    const cut = [...losses, ...held_out_losses].some((value) => value > MAX_LOSS);
    return {
      label: "Learning curves",
      x: { label: "epoch", min: 0, max: x.length - 1 },
      y: { label: cut ? `mean squared error, cut at ${MAX_LOSS}` : "mean squared error", min: 0, max: MAX_LOSS },
      series: [
        { name: "its own examples", x, y: drawn(losses), dashed: true },
        { name: `held out (lowest after epoch ${best_epoch})`, x, y: drawn(held_out_losses) },
      ],
      marks,
    };
  }

  // By what share of its lowest value a loss has risen since; a leap at the very end does not count.
  function riseOf(values) {
    const last = values.slice(-LAST);
    const end = Math.min(values.at(-1), last.reduce((sum, value) => sum + value, 0) / last.length);
    return end / Math.min(...values) - 1;
  }

  // What the two losses at the end say of what the run is meant to show.
  function words({ name, met, losses, held_out_losses, best_epoch, average_loss: average }) {
    const [own, other] = [losses.at(-1), held_out_losses.at(-1)];
    const numbers = `At the end its own loss is ${number(own)}, that on what is held out ${number(other)}.`;
    if (!met) return `${numbers} On other images it shows more; here this is what came of it.`;
    if (name === "under") {
      const worse = other > average ? ` On what is held out it is even worse than answering the average, ${number(average, 2)}: what little it learned does not hold there.` : "";
      return `${numbers} Both stay above those of the good fit.${worse}`;
    }
    if (name === "fit") return `${numbers} That is less than half of the ${number(average, 2)} of answering the average: what it learned holds for patches it has never seen.`;
    const lowest = held_out_losses[best_epoch];
    const rise = number(100 * riseOf(held_out_losses), 0);
    return `${numbers} The latter was ${number(lowest)} after epoch ${best_epoch} and has risen by ${rise} % since: it learned its examples by heart.`;
  }

  // A small picture, each of its pixels drawn as a square.
  function enlarged(picture, caption, factor = 4) {
    const image = kit.picture(picture, caption);
    Object.assign(image.style, { width: `${picture.width * factor}px`, imageRendering: "pixelated" });
    return el("figure", { style: "margin: 0.5rem 0" }, image, el("p", { class: "note", style: "max-width: 14rem; margin: 0.25rem 0" }, caption));
  }

  // ---- the network of featmatch ----

  function shippedRun({ shipped }) {
    const { epochs, losses, match_rates, matching_scores, best_epoch } = shipped;
    const x = { label: "epoch", min: epochs[0], max: epochs.at(-1) };
    const marks = [{ x: best_epoch, label: "kept" }];
    const hours = shipped.seconds / 3600;
    const time = hours >= 1 ? `${number(hours, 1)} hours` : `${number(shipped.seconds / 60, 0)} minutes`;
    return [
      el("h4", {}, "The network that comes with featmatch"),
      el(
        "p",
        {},
        `Trained for ${time} on pairs of views of ${number(shipped.num_photographs)} photographs: ` +
          `${number(epochs.length)} epochs of ${number(shipped.iterations_per_epoch)} iterations with ${shipped.batch_size} pairs each. ` +
          `Pairs are made anew for every iteration, so that no pair comes twice. The weights kept are those of epoch ${best_epoch}, ` +
          "which matched best in photographs that were held out." +
          (shipped.num_before
            ? ` It began with what an earlier training had learned in ${number(shipped.num_before)} epochs: where this page counts epochs of the network from its first one, they are those of the earlier training and then these, ${number(shipped.num_before + best_epoch)} in all.`
            : ""),
      ),
      el(
        "div",
        { class: "pair" },
        kit.chart({
          label: "Training loss",
          x,
          y: { label: "loss" },
          series: [{ name: "mean of the epoch", x: epochs, y: losses }],
          marks,
        }).node,
        kit.chart({
          label: "On photographs that were held out",
          x,
          y: { label: "share", min: 0 },
          series: [
            { name: "points whose descriptor finds them again", x: epochs, y: match_rates },
            { name: "keypoints matched correctly", x: epochs, y: matching_scores },
          ],
          marks,
        }).node,
      ),
    ];
  }
})();
