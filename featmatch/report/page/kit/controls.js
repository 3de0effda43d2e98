// Controls: kit.slider, kit.choice, kit.select, kit.check, kit.stepper. None calls its function when it is made.
"use strict";

(() => {
  const { el, number } = kit;
  const PLAY_INTERVAL = 700; // milliseconds
  let numChoices = 0;

  // A labeled range input that shows its value; onInput(value) with every move.
  kit.slider = (label, { min, max, step = 1, value, format = number }, onInput) => {
    const output = el("output", { class: "number" }, format(value));
    const input = el("input", { type: "range", min, max, step, "aria-label": label });
    input.value = value;
    input.setAttribute("aria-valuetext", format(value));
    input.addEventListener("input", () => {
      const chosen = Number(input.value);
      output.textContent = format(chosen);
      input.setAttribute("aria-valuetext", output.textContent);
      onInput(chosen);
    });
    return el("label", { class: "control slider" }, el("span", {}, label), input, output);
  };

  // One of [[value, text], ...] as a row of radio buttons; onChange(value).
  kit.choice = (label, options, value, onChange) => {
    numChoices += 1;
    const segments = options.map(([option, text]) => {
      const input = el("input", {
        type: "radio",
        name: `choice-${numChoices}`,
        value: option,
        onchange: () => onChange(option),
      });
      input.checked = option === value;
      return el("label", {}, input, el("span", {}, text));
    });
    return el(
      "fieldset",
      { class: "control choice" },
      el("legend", {}, label),
      el("div", { class: "segments" }, segments),
    );
  };

  // The same as a list to choose from, where there are many.
  kit.select = (label, options, value, onChange) => {
    const input = el(
      "select",
      { onchange: () => onChange(options[input.selectedIndex][0]) },
      options.map(([, text]) => el("option", {}, text)),
    );
    input.selectedIndex = options.findIndex(([option]) => option === value);
    return el("label", { class: "control select" }, el("span", {}, label), input);
  };

  // A check box; onChange(true or false).
  kit.check = (label, value, onChange) => {
    const input = el("input", { type: "checkbox", onchange: () => onChange(input.checked) });
    input.checked = value;
    return el("label", { class: "control check" }, input, el("span", {}, label));
  };

  // Previous, play, next over `count` steps; onStep(index) with every step and by go(index).
  // Arrow keys, Home and End work while one of its buttons has the focus.
  kit.stepper = (label, count, onStep, { value = 0 } = {}) => {
    let index = value;
    let timer = null;
    const position = el("output", { class: "number" });
    const button = (text, name, onclick) =>
      el("button", { type: "button", "aria-label": name, title: name, onclick }, text);
    const play = button("Play", "Play", () => (timer === null ? start() : stop()));
    const tell = () => (position.textContent = `${index + 1} of ${count}`);

    function go(target) {
      index = Math.min(Math.max(target, 0), count - 1);
      tell();
      onStep(index);
    }

    function show(name) {
      play.textContent = name;
      play.setAttribute("aria-label", name);
      play.title = name;
    }

    function start() {
      if (index === count - 1) go(0);
      show("Pause");
      timer = setInterval(() => {
        if (!node.isConnected || index === count - 1) stop();
        else go(index + 1);
      }, PLAY_INTERVAL);
    }

    function stop() {
      clearInterval(timer);
      timer = null;
      show("Play");
    }

    function jump(target) {
      stop();
      go(target);
    }

    function onkeydown(event) {
      const targets = {
        ArrowLeft: index - 1,
        ArrowUp: index - 1,
        ArrowRight: index + 1,
        ArrowDown: index + 1,
        Home: 0,
        End: count - 1,
      };
      if (event.key in targets) {
        event.preventDefault();
        jump(targets[event.key]);
      }
    }

    const node = el(
      "div",
      { class: "control stepper", role: "group", "aria-label": label, onkeydown },
      el("span", {}, label),
      button("←", "Previous step", () => jump(index - 1)),
      play,
      button("→", "Next step", () => jump(index + 1)),
      position,
    );
    tell();
    return { node, go: jump };
  };
})();
