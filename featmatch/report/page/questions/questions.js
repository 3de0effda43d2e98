// Questions about the reader's own picture: chapter, what is asked, choices, the right one, why. Each
// is made of numbers of this page, and left out where a number is missing.
"use strict";

(() => {
  const { number } = kit;
  const CLEARLY = 0.02; // by which average precisions differ that are told apart to two digits
  const MAKERS = [];
  const ask = (chapter, make) => MAKERS.push([chapter, make]);

  // All questions that the data of a page allow: {comparison, topics}.
  kit.questionsOf = ({ comparison, topics }) => {
    const topic = (name) => topics.find((one) => one.name === name)?.data;
    return MAKERS.map(([chapter, make]) => {
      const made = make(comparison, topic);
      return made && { chapter: `chapter-${chapter}`, ...made };
    }).filter((question) => question && new Set(question.choices).size > 1);
  };

  // The right number among others, from small to large, each once.
  function among(right, others, tell = number) {
    const values = [...new Set([right, ...others])].sort((a, b) => a - b);
    return { choices: values.map((value) => tell(value)), right: values.indexOf(right) };
  }

  const times = (width, height) => `${number(width)} × ${number(height)}`;

  ask("convolution", (_, topic) => {
    const data = topic("convolution");
    if (!data) return null;
    const { label, feature_map: map, weights } = data.kernels[0];
    const sums = map.flatMap((row, r) => row.map((value, c) => ({ value, r, c })));
    const { value, r, c } = sums.reduce((most, one) => (Math.abs(one.value) > Math.abs(most.value) ? one : most));
    const patch = data.crop.slice(r, r + 3).map((row) => row.slice(c, c + 3));
    const plain = patch.flat().reduce((sum, level) => sum + level, 0);
    return {
      text: `The kernel ${label} (${weights.map((row) => row.map((w) => number(w)).join(" ")).join(" / ")}) lies on these gray levels of your picture: ${patch.map((row) => row.join(" ")).join(" / ")}. What does it answer?`,
      ...among(value, [-value, plain, Math.round(plain / 9)]),
      why: `Each gray level times the weight on it, added up: ${number(value)}. It is row ${r + 1}, column ${c + 1} of the feature map below.`,
    };
  });

  ask("convolution", (_, topic) => {
    const data = topic("convolution");
    if (!data) return null;
    const { width, height } = data.picture;
    const sizes = [0, 2, 4, 5].map((less) => times(width - less, height - less));
    return {
      text: `A kernel of 5 × 5 runs over a picture of ${times(width, height)} px, without padding. How large is the map?`,
      choices: sizes,
      right: 2,
      why: `The kernel needs two pixels on every side, so four are lost along each axis: ${sizes[2]}.`,
    };
  });

  ask("edges", ({ feature_maps: maps }) => {
    const { nearest, noise_likeness: noise } = maps.kernels;
    const like = nearest.filter(([, likeness]) => Math.abs(likeness) > noise).length;
    return {
      text: `The network's ${nearest.length} first kernels were learned, not written. How many are more like a kernel made by hand than 19 of 20 random kernels are?`,
      ...among(like, [0, Math.round(nearest.length / 2), nearest.length]),
      why: `${like} of ${nearest.length}: likeness below ${number(noise, 2)} is what random numbers reach. The kernels below show which.`,
    };
  });

  ask("maps", ({ feature_maps: maps }) => {
    const best = (name) => Math.max(...maps.layers.map((layer) => layer[name] ?? 0));
    const [trained, untrained, harris] = [best("probe_average_precision"), best("probe_untrained"), maps.harris_average_precision];
    if (!trained || !untrained || harris == null) return null;
    const scores = [["the trained network's maps", trained], ["an untrained network's maps", untrained], ["Harris's response alone, one map made by hand", harris]];
    const most = Math.max(trained, untrained, harris);
    if (scores.filter(([, score]) => most - score < CLEARLY).length > 1) return null;
    return {
      text: "A simple classifier is to tell ORB's points from random places. What tells it most?",
      choices: scores.map(([name]) => name),
      right: scores.findIndex(([, score]) => score === most),
      why: `Average precision: ${scores.map(([name, score]) => `${name} ${number(score, 2)}`).join(", ")}. ORB ranks its points by Harris's response, so that is no wonder; but the network has never been shown one.`,
    };
  });

  ask("activation", (_, topic) => {
    const data = topic("feature-maps");
    if (!data) return null;
    const [map] = data.layers[0].maps;
    const lowest = Math.min(...map.before.flat());
    if (!(lowest < 0)) return null;
    const after = Number((data.negative_slope * lowest).toPrecision(4));
    return {
      text: `A unit of map ${map.number} of the first layer sums to ${number(lowest, 2)} on your picture. What is it after the network's activation, a leaky ReLU of slope ${data.negative_slope}?`,
      ...among(after, [0, lowest, -lowest], (value) => number(value, 3)),
      why: `Below 0 the leaky ReLU keeps ${number(100 * data.negative_slope)} %: ${number(after, 3)}. A plain ReLU would give 0.`,
    };
  });

  ask("kernels-of-sizes", ({ networks }) => {
    const weights = networks?.[0]?.blocks[0][1]?.weights.shape;
    if (!weights) return null;
    const [size, , inputs] = weights;
    return {
      text: `One kernel of ${times(size, size)} of this network's second layer looks at all ${inputs} maps of the first. How many weights does it have?`,
      ...among(size * size * inputs, [size * size, size * size + inputs, size * inputs]),
      why: `A layer of ${times(size, size)} weights for each map: ${number(size * size * inputs)}, all added up to one number.`,
    };
  });

  ask("kernels-of-sizes", (_, topic) => {
    const data = topic("kernel-size");
    if (!data) return null;
    const [small, large] = data.plans;
    return {
      text: `Two convolutions of 3 × 3 in a row, or one of 5 × 5, on ${data.num_channels} channels: which sees more pixels, and which has fewer weights?`,
      choices: ["two 3 × 3 see more and have fewer", "both see the same; two 3 × 3 have fewer", "one 5 × 5 sees more and has fewer", "both see the same; one 5 × 5 has fewer"],
      right: 1,
      why: `Both see ${times(small.receptive_field, small.receptive_field)} px; weights: ${number(small.num_parameters)} against ${number(large.num_parameters)}.`,
    };
  });

  ask("pooling", (comparison) => {
    const { width, height } = comparison.gray;
    const size = (factor) => times(Math.floor(width / factor), Math.floor(height / factor));
    return {
      text: `Your picture is worked on at ${times(width, height)} px. It is halved by folding and then three times by pooling 2 × 2. How large are the last maps, about?`,
      choices: [2, 4, 8, 16].map(size),
      right: 3,
      why: `Half of half of half of half is a sixteenth along each side: ${size(16)}. So a unit of block 4 stands for 16 × 16 px.`,
    };
  });

  ask("fields", ({ receptive_fields: { layers, orb_patch: patch } }) => {
    const last = layers.filter(({ name }) => name.startsWith("block")).at(-1);
    if (!last) return null;
    const others = layers.filter(({ name }) => name.endsWith("conv2") && name !== last.name).map(({ size }) => size);
    return {
      text: `How many pixels along a side can reach a unit of the layer "${last.title}" at all? ORB's descriptor looks at ${patch}.`,
      ...among(last.size, [patch, ...others.slice(-2)]),
      why: `${times(last.size, last.size)} px: every layer adds to what the one before it sees, and the coarser its maps, the more.`,
    };
  });

  ask("fields", ({ receptive_fields: { layers, share } }) => {
    const last = layers.filter(({ name }) => name.startsWith("block")).at(-1);
    if (!last || last.effective_size === last.size) return null;
    return {
      text: `And within how many pixels along a side lies ${number(100 * share, 0)} % of what matters to it?`,
      ...among(last.effective_size, [last.size, Math.round(last.effective_size / 2), Math.round((last.size + last.effective_size) / 2)]),
      why: `${times(last.effective_size, last.effective_size)} px: pixels in the middle reach a unit on many more ways than those at the rim.`,
    };
  });

  ask("learning", (_, topic) => {
    const run = topic("training")?.runs[1];
    if (!run) return null;
    return {
      text: `A network learns from ${number(run.num_patches)} examples in batches of ${run.batch_size}. How often do its weights change in one epoch?`,
      ...among(run.iterations_per_epoch, [1, run.batch_size, run.num_patches]),
      why: `Once for every batch: ${number(run.num_patches)} / ${run.batch_size} = ${run.iterations_per_epoch} iterations.`,
    };
  });

  ask("learning", (_, topic) => {
    const runs = topic("training")?.runs;
    if (!runs) return null;
    const ends = runs.map(({ losses }) => losses.at(-1));
    const names = runs.map(({ num_filters: count, num_patches: patches }) => `${count} ${count === 1 ? "kernel" : "kernels"}, ${number(patches)} examples`);
    const right = ends.indexOf(Math.min(...ends));
    return {
      text: "Which of these networks ends with the lowest loss on its own examples?",
      choices: names,
      right,
      why: `${names[right]}: ${number(ends[right])}. On patches that were held out it has ${number(runs[right].held_out_losses.at(-1))}; the three have ${runs.map((run) => number(run.held_out_losses.at(-1))).join(", ")}. A low loss on what was learned from proves nothing.`,
    };
  });

  ask("by-hand", ({ followed }) => {
    const point = followed.find(({ orb }) => orb.partner?.correct && orb.partner.kept);
    if (!point) return null;
    const { distance } = point.orb.partner;
    return {
      text: "ORB describes a corner of your picture by 256 yes-or-no answers, and finds it again in the other picture. How many of the answers differ between the two?",
      ...among(distance, [0, 128, 256]),
      why: `${number(distance)} of 256. Descriptors of different places differ in about half of the answers, 128: so ${number(distance)} is clearly nearer. It is a point of your pair, the first right one of the next chapter; the points below are matched into another view, which was made from your picture, and have other numbers.`,
    };
  });

  ask("contest", ({ contrast: { methods }, verdict }) => {
    const counts = methods.map(({ num_correct: correct }) => correct);
    if (verdict.outcome !== "best") return null;
    const most = Math.max(...counts);
    return {
      text: "Which of the three finds the most right matches in your pair?",
      choices: methods.map(({ label }) => label),
      right: counts.indexOf(most),
      why: `${methods.map(({ label }, index) => `${label} ${number(counts[index])}`).join(", ")}, within 3 px.`,
    };
  });

  ask("contest", ({ changes }) => {
    const noise = changes.find(({ name }) => name === "blur");
    if (!noise) return null;
    const counts = noise.curves.map(({ num_correct: correct }) => correct.at(-1));
    const labels = { orb: "ORB", sift: "SIFT", cnn: "network" };
    const most = Math.max(...counts);
    if (counts.filter((count) => count >= most - 2 * Math.sqrt(most)).length > 1) return null;
    return {
      text: `Your picture is blurred (sigma ${number(noise.values.at(-1))} px). Which method keeps the most right matches?`,
      choices: noise.curves.map(({ method }) => labels[method] ?? method),
      right: counts.indexOf(most),
      why: `${noise.curves.map(({ method }, index) => `${labels[method] ?? method} ${number(counts[index])}`).join(", ")} are left. The curves of right matches below show how they get there.`,
    };
  });
})();
