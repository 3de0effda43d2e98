// kit.touchMatches: the matches of a relation, to be pointed at, chosen and put in order.
"use strict";

(() => {
  const { el, number } = kit;
  const coarse = matchMedia("(pointer: coarse)");
  const HOVER = 16; // CSS px from a match at which pointing shows it
  const CLICK = { mouse: 8, finger: 18 }; // CSS px at which a click means it, and not the place

  kit.touchMatches = (root, view) => {
    const { relation, related } = view;
    const { points0, points1, inliers, measures } = relation;
    const sizes = view.pictures.map(({ size }) => size);
    const state = { show: "agreeing", order: 0, percent: 100, kept: null, hovered: null };
    if (!inliers.includes(1)) state.show = "all";
    let shown = [];

    // What is known of a match, or of a place in one of the pictures.
    function ofMatch(index) {
      const ends = [points0[index], points1[index]];
      const local = related.isMap ? related.local(ends[0]) : relation.surroundings?.[index];
      return { index, ends, local, line: lineOf(0, ends[0]), expected: related.place(0, ends[0]) };
    }

    function ofPlace(side, point) {
      const there = related.place(side, point);
      const ends = side === 0 ? [point, there] : [there, point];
      const local = related.isMap && ends[0] ? related.local(ends[0]) : null;
      return { index: null, side, ends, local, line: lineOf(side, point), expected: null };
    }

    function lineOf(side, point) {
      const line = related.line(side, point);
      const ends = line && kit.lineInside(line, sizes[1 - side]);
      return ends && { side: 1 - side, ends };
    }

    const spot = () => state.hovered ?? state.kept;
    const pictures = kit.touchPictures(
      view,
      () => ({ shown, kept: state.kept, hovered: state.hovered }),
      { onpoint, onleave },
    );
    const patches = kit.touchPatches(view, spot);
    const readout = el("output", { class: "readout number", "aria-live": "polite" });
    const position = el("output", { class: "number" });

    function onpoint(side, point, kind, nearest) {
      const clicked = kind === "click";
      const radius = clicked ? CLICK[coarse.matches ? "finger" : "mouse"] : HOVER;
      const index = nearest(radius);
      const found = index === null ? ofPlace(side, point) : ofMatch(index);
      if (clicked && index === null && side === 1) chooseRelation(point);
      state.hovered = clicked ? null : found;
      if (clicked) state.kept = found;
      tell();
    }

    function onleave() {
      state.hovered = null;
      tell();
    }

    // A click into the outline of another place chooses that place.
    function chooseRelation(point) {
      const within = ({ outline1 }) => outline1 && kit.inside(point, outline1);
      if (within(relation)) return;
      const other = view.relations.findIndex(within);
      if (other >= 0) view.choose(other);
    }

    function select() {
      const wanted = {
        agreeing: (index) => inliers[index],
        others: (index) => !inliers[index],
        all: () => true,
        none: () => false,
      }[state.show];
      const values = measures[state.order]?.[1];
      const value = (index) => values[index] ?? Number.POSITIVE_INFINITY;
      const ordered = points0.map((_, index) => index).filter(wanted);
      if (values) ordered.sort((i, j) => value(i) - value(j) || i - j);
      shown = ordered.slice(0, Math.ceil((ordered.length * state.percent) / 100));
      state.kept = null;
      tell();
    }

    function step(by) {
      if (!shown.length) return;
      const present = state.kept === null ? -1 : shown.indexOf(state.kept.index);
      const next = present < 0 ? (by > 0 ? 0 : shown.length - 1) : present + by;
      state.kept = ofMatch(shown[(next + shown.length) % shown.length]);
      tell();
    }

    function letGo() {
      state.kept = state.hovered = null;
      tell();
    }

    function tell() {
      readout.textContent = spot() ? inWords(spot(), view) : summary();
      const present = state.kept === null ? -1 : shown.indexOf(state.kept.index);
      position.textContent =
        present < 0 ? kit.counted(shown.length, "match", "matches") : `${present + 1} of ${number(shown.length)}`;
      pictures.redraw();
      patches.redraw();
    }

    function summary() {
      const agreeing = inliers.reduce((sum, value) => sum + value, 0);
      return `${kit.counted(inliers.length, "match", "matches")}, ${number(agreeing)} agree. Nothing is chosen.`;
    }

    const change = (name) => (value) => {
      state[name] = value;
      select();
    };
    const button = (text, name, onclick) =>
      el("button", { type: "button", "aria-label": name, title: name, onclick }, text);
    root.append(
      el("p", {}, explanation(related)),
      el(
        "div",
        { class: "touched", onkeydown: (event) => event.key === "Escape" && letGo() },
        pictures.figures,
        el("div", { class: "panel" }, patches.node, readout),
      ),
      el(
        "div",
        { class: "controls" },
        kit.choice(
          "Show",
          [["agreeing", "agreeing"], ["others", "not agreeing"], ["all", "all"], ["none", "none"]],
          state.show,
          change("show"),
        ),
        measures.length > 0 && [
          kit.select("Best first, by", measures.map(([name], index) => [index, name]), 0, change("order")),
          kit.slider("Only the best", { min: 1, max: 100, value: 100, format: (value) => `${value} %` }, change("percent")),
        ],
        el(
          "div",
          { class: "control stepper", role: "group", "aria-label": "One after the other" },
          el("span", {}, "One after the other"),
          button("←", "Previous match", () => step(-1)),
          button("→", "Next match", () => step(1)),
          button("Let go", "Choose nothing", letGo),
          position,
        ),
      ),
      legend(related),
    );
    select();
  };

  // Whether a point lies inside a polygon.
  kit.inside = ([x, y], corners) => {
    let within = false;
    corners.forEach(([x0, y0], index) => {
      const [x1, y1] = corners.at(index - 1);
      const crossed = y0 > y !== y1 > y && x < x0 + ((y - y0) * (x1 - x0)) / (y1 - y0);
      if (crossed) within = !within;
    });
    return within;
  };

  const inPixels = (point) => `(${point.map((value) => number(value, 1)).join(", ")})`;

  function inWords(spot, view) {
    const { relation, related } = view;
    const [end0, end1] = spot.ends;
    if (spot.index !== null) {
      const agrees = relation.inliers[spot.index] ? "agrees" : "does not agree";
      const known = relation.measures.map(([name, values]) => `${name} ${number(values[spot.index])}`);
      return [`Match ${inPixels(end0)} → ${inPixels(end1)}: ${agrees}`, ...known].join("; ");
    }
    const there = 1 - spot.side;
    const start = `${inPixels(spot.ends[spot.side])} in picture ${spot.side}`;
    if (related.isLines)
      return spot.line
        ? `${start} lies on the line in picture ${there}.`
        : `${start} lies on a line beside picture ${there}.`;
    if (!related.isMap) return `${start}: there is no model that tells where this lies in picture ${there}.`;
    const end = spot.side === 0 ? end1 : end0;
    if (!end) return `${start} lies nowhere in picture ${there}.`;
    const [width, height] = view.pictures[there].size;
    const seen = end[0] > -0.5 && end[1] > -0.5 && end[0] < width - 0.5 && end[1] < height - 0.5;
    const off = relation.error === null || there === 0 ? "" : `, about ${number(relation.error)} px off`;
    return `${start} is ${inPixels(end)} in picture ${there}${seen ? off : ", beyond its edges"}.`;
  }

  function explanation({ isMap, isLines }) {
    const match = "Point at a match to see its partner, and the surroundings of both enlarged to one scale.";
    const keys = "Arrow keys move the point in a picture, Enter keeps it, Escape lets go.";
    if (isMap) return `${match} Click anywhere to keep where that point lies in the other picture. ${keys}`;
    if (isLines)
      return `${match} Click anywhere to keep the line on which that point lies in the other picture. ${keys}`;
    return `${match} ${keys}`;
  }

  function legend({ isMap, isLines }) {
    const { agrees, differs, chosen } = kit.touchColors;
    const item = (color, shape, text) =>
      el("li", {}, el("span", { class: `mark ${shape}`, style: `color: ${color}`, "aria-hidden": "true" }), text);
    return el(
      "ul",
      { class: "legend" },
      item(agrees, "disc", "a match that agrees with the model"),
      item(differs, "cross", "one that does not"),
      item(chosen, "circle", "what is chosen; outlines"),
      (isMap || isLines) && el("li", {}, "white ring: where the model has the partner"),
    );
  }
})();
