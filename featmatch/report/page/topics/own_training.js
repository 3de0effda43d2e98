// The small network trained in this page: play and pause, curves and kernels epoch by epoch.
"use strict";

(() => {
  const { el, number } = kit;
  const MAX_EPOCHS = 60;
  const MAX_LOSS = 2; // where the chart is cut
  const PAUSE = 60; // milliseconds between epochs
  const SHOWN = 16; // kernels
  const CELL = 8; // CSS px
  // Settings that mostly under-fit, fit and over-fit; what they do here is told by their curves.
  const PLANS = {
    small: { title: "one kernel", kernels: 1, count: 600, batch: 50, rate: 0.01 },
    fitting: { title: "eight kernels, many examples", kernels: 8, count: 1200, batch: 50, rate: 0.01 },
    few: { title: "64 kernels, few examples", kernels: 64, count: 84, batch: 2, rate: 0.01 },
  };
  const WORSE = 1.15; // times its lowest value is what a loss has clearly risen to
  const APART = 2; // times the loss on its own examples: learned by heart, where the latter has risen
  const FAR = 4; // times the loss on its own examples: learned by heart, where it has not
  const NOTHING = 1e-6; // of a mean squared error of about 1 that answering the average has elsewhere
  const LITTLE = 0.5; // of the loss of answering the average: learned well

  // What two curves say, in words and in one.
  kit.diagnosis = ({ own, other, average }) => {
    const [here, there] = [own.at(-1), other.at(-1)];
    const lowest = Math.min(...other);
    const best = other.indexOf(lowest);
    if (average < NOTHING) return { word: "nothing", text: "There is nothing to learn here: what is held out has no edges." };
    if (own.length < 4) return { word: "begun", text: "Too early to say." };
    if (Math.min(there, other.at(-2)) > WORSE * lowest && there > APART * here) {
      return { word: "over", text: `Over-fitting: the loss on what is held out was ${number(lowest)} after epoch ${best} and has risen since, while that on its own examples fell to ${number(here)}. It learns them by heart.` };
    }
    if (there > FAR * here) {
      return { word: "over", text: `Over-fitting: the loss on what is held out stays ${number(there / here, 1)} times that on its own examples. It learns these by heart.` };
    }
    if (there < LITTLE * average) {
      return { word: "fit", text: `A good fit: both losses are low, and what it learned holds for patches it has never seen.` };
    }
    if (here > LITTLE * average) {
      return { word: "under", text: "Under-fitting, so far: even on its own examples it is hardly better than the average. Give it more kernels, or more epochs." };
    }
    return { word: "between", text: "Between the two: better on its own examples than on others, but the latter have not risen yet." };
  };

  kit.ownTraining = ({ picture, strip, noise }) => {
    const settings = { ...PLANS.fitting, noise };
    const state = { gray: null, network: null, curves: null, timer: null };
    const chart = kit.chart(drawn());
    const told = el("output", { class: "readout", "data-diagnosis": "", "aria-live": "off" });
    const facts = el("p", { class: "muted" });
    const play = el("button", { type: "button", onclick: () => (state.timer === null ? start() : stop()) }, "Play");
    const sliders = el("div", { class: "controls" });
    const kernels = kit.canvas(
      SHOWN * 8 * CELL,
      8 * CELL - CELL,
      (context, colors, width) => {
        if (!state.network) return;
        const cell = width / (SHOWN * 8);
        state.network.kernels().slice(0, SHOWN).forEach((weights, kernel) => {
          const most = Math.max(...weights.map(Math.abs)) || 1;
          weights.forEach((weight, at) => {
            const [x, y] = [(at % 7) * cell + kernel * 8 * cell, Math.floor(at / 7) * cell];
            context.globalAlpha = Math.abs(weight) / most;
            context.fillStyle = weight < 0 ? colors.negative : colors.positive;
            context.fillRect(x, y, Math.ceil(cell), Math.ceil(cell));
          });
        });
        context.globalAlpha = 1;
      },
      { label: "Its kernels, at most sixteen, each on a scale of its own." },
    );

    function drawn() {
      const { own, other, average } = state.curves ?? { own: [], other: [], average: 1 };
      const x = own.map((_, epoch) => epoch);
      const cut = (values) => values.map((value) => (value <= MAX_LOSS ? value : null));
      return {
        label: "Learning curves, as they grow",
        x: { label: "epoch", min: 0, max: MAX_EPOCHS },
        y: { label: `mean squared error, cut at ${MAX_LOSS}`, min: 0, max: MAX_LOSS },
        series: [
          { name: "its own examples", x, y: cut(own), dashed: true },
          { name: "held out", x, y: cut(other) },
          { name: "answering the average", x: x.length ? [0, MAX_EPOCHS] : [], y: x.length ? [average, average] : [] },
        ],
      };
    }

    function measure() {
      const { own, other } = state.network.losses();
      state.curves.own.push(own);
      state.curves.other.push(other);
      const epoch = state.curves.own.length - 1;
      const { word, text } = kit.diagnosis(state.curves);
      told.dataset.diagnosis = word;
      told.textContent = `After ${epoch} ${epoch === 1 ? "epoch" : "epochs"}: ${number(own)} on its own examples, ${number(other)} on those held out. ${text}`;
      chart.update(drawn());
      kernels.redraw();
    }

    function begin() {
      stop();
      if (!state.gray) return;
      state.network = kit.edgeNetwork(kit.edgeTask(state.gray, settings.noise, strip), settings);
      state.curves = { own: [], other: [], average: state.network.average };
      facts.textContent = `${number(state.network.numParameters)} parameters; ${state.network.stepsAnEpoch} iterations an epoch.`;
      measure();
    }

    function next() {
      if (!state.network || state.curves.own.length > MAX_EPOCHS) return false;
      state.network.epoch();
      measure();
      return true;
    }

    function one() {
      stop();
      next();
    }

    function start() {
      if (state.network && state.curves.own.length > MAX_EPOCHS) begin();
      play.textContent = "Pause";
      state.timer = setInterval(() => (play.isConnected && next()) || stop(), PAUSE);
    }

    function stop() {
      clearInterval(state.timer);
      state.timer = null;
      play.textContent = "Play";
      told.setAttribute("aria-live", "polite"); // told once it stands still
    }

    function choose(name) {
      Object.assign(settings, PLANS[name]);
      showSliders();
      begin();
    }

    function showSliders() {
      const slider = (label, name, range) =>
        kit.slider(label, { ...range, value: settings[name] }, (value) => {
          settings[name] = value;
          begin();
        });
      sliders.replaceChildren(
        slider("Kernels", "kernels", { min: 1, max: 64 }),
        slider("Examples", "count", { min: 12, max: 1200, step: 12 }),
        slider("Examples in a batch", "batch", { min: 1, max: 60 }),
        slider("Learning rate", "rate", { min: 0.001, max: 0.05, step: 0.001 }),
        slider("Noise", "noise", { min: 0, max: 1, step: 0.05 }),
      );
    }

    showSliders();
    kit.grayLevels(picture).then((gray) => {
      state.gray = gray;
      begin();
    });
    return el(
      "div",
      { class: "try" },
      el("h4", {}, "Train it yourself"),
      el("p", {}, "The same task, trained in this page on your picture. Press play, watch the curves part or not, and change what it is made of."),
      el(
        "div",
        { class: "controls" },
        kit.choice("Begin with", Object.entries(PLANS).map(([name, { title }]) => [name, title]), "fitting", choose),
      ),
      sliders,
      el(
        "div",
        { class: "controls", role: "group", "aria-label": "Training" },
        play,
        el("button", { type: "button", onclick: one }, "One epoch"),
        el("button", { type: "button", onclick: begin }, "Begin again"),
      ),
      facts,
      el("div", { class: "pair" }, chart.node, el("div", {}, kernels.node, kit.note("Its kernels: blue where bright pixels raise the answer, orange where they lower it."), told)),
    );
  };
})();
