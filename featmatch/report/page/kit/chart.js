// kit.chart: lines over numbers, with a legend that tells the values at the chosen place.
"use strict";

(() => {
  const { el, svg, number, scale: makeScale } = kit;
  const MARGIN = makeScale.margin;

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) target.dispatchEvent(new Event("redraw"));
  });

  // {label, x: {label, min, max, log}, y: {label, min, max}, series: [{name, x, y, low, high,
  // dashed}], marks: [{x, label}]}. A null in y is a gap; low and high are an interval around it.
  // Pointer and arrow keys choose an x; the legend and screen readers tell the values there.
  kit.chart = (spec) => {
    const plot = el("div", { class: "plot", role: "slider", tabindex: 0 });
    const legend = el("ul", { class: "legend" });
    const title = el("span");
    const at = el("span", { class: "muted number" }); // the chosen place on the x axis
    const numbers = el("details", { class: "numbers" }, el("summary", {}, "Numbers as a table"));
    const caption = el("figcaption", {}, title, at);
    const node = el("figure", { class: "chart" }, caption, plot, legend, numbers);
    let scale = null;
    let chosen = null; // index into scale.places

    function draw() {
      const width = plot.clientWidth || 560;
      const height = Math.round(Math.min(Math.max(width * 0.6, 220), 340));
      scale = makeScale(spec, width, height);
      chosen = chosen === null ? null : Math.min(chosen, scale.places.length - 1);
      plot.replaceChildren(drawing(spec, scale, width, height));
      tell();
    }

    function tell() {
      const place = chosen === null ? null : scale.places[chosen];
      const guide = plot.querySelector(".guide");
      guide.style.visibility = place === null || place === undefined ? "hidden" : "visible";
      if (place != null) guide.setAttribute("transform", `translate(${scale.x(place)} 0)`);
      const values = spec.series.map((series) => valueAt(series, place));
      at.textContent = place == null ? "" : `${spec.x.label}: ${number(place)}`;
      legend.replaceChildren(
        ...spec.series.map((series, index) =>
          el(
            "li",
            {},
            swatch(series, index),
            el("span", {}, series.name),
            el("b", { class: "number" }, values[index]),
          ),
        ),
      );
      const told = spec.series.map((series, index) => `${series.name} ${values[index] || "none"}`);
      plot.setAttribute("aria-valuenow", chosen ?? 0);
      plot.setAttribute(
        "aria-valuetext",
        place == null ? "nothing chosen" : `${at.textContent}. ${told.join(", ")}`,
      );
    }

    function choose(index) {
      if (!scale.places.length) return;
      chosen = Math.min(Math.max(index, 0), scale.places.length - 1);
      tell();
    }

    plot.addEventListener("pointermove", (event) => {
      const x = event.clientX - plot.getBoundingClientRect().left;
      const distances = scale.places.map((place) => Math.abs(scale.x(place) - x));
      choose(distances.indexOf(Math.min(...distances)));
    });
    plot.addEventListener("keydown", (event) => {
      const last = scale.places.length - 1;
      const targets = {
        ArrowLeft: (chosen ?? 1) - 1,
        ArrowDown: (chosen ?? 1) - 1,
        ArrowRight: (chosen ?? -1) + 1,
        ArrowUp: (chosen ?? -1) + 1,
        Home: 0,
        End: last,
      };
      if (!(event.key in targets)) return;
      event.preventDefault();
      choose(targets[event.key]);
    });
    plot.addEventListener("redraw", draw);
    numbers.addEventListener("toggle", fillNumbers);
    sizes.observe(plot);

    function fillNumbers() {
      numbers.querySelector(".table")?.remove();
      if (!numbers.open) return;
      const headers = [spec.x.label, ...spec.series.map(({ name }) => name)];
      const rows = scale.places.map((place) => [
        number(place),
        ...spec.series.map((series) => valueAt(series, place) || "–"),
      ]);
      numbers.append(kit.table(spec.label, headers, rows));
    }

    function update(next) {
      spec = next;
      title.textContent = spec.label;
      plot.setAttribute("aria-label", spec.label);
      draw();
      plot.setAttribute("aria-valuemin", 0);
      plot.setAttribute("aria-valuemax", Math.max(scale.places.length - 1, 0));
      fillNumbers();
    }

    update(spec);
    return { node, update };
  };

  const seriesColor = (index) => `var(--series-${(index % 6) + 1})`;

  function swatch({ dashed }, index) {
    return svg(
      "svg",
      { class: "swatch", viewBox: "0 0 24 8", "aria-hidden": "true" },
      svg("line", {
        x1: 1,
        y1: 4,
        x2: 23,
        y2: 4,
        stroke: seriesColor(index),
        "stroke-width": 3,
        "stroke-dasharray": dashed ? "5 3" : null,
      }),
    );
  }

  // The value of a series at a place on the x axis, with its interval; "" where it has none.
  function valueAt({ x, y, low, high }, place) {
    const index = place == null ? -1 : x.indexOf(place);
    if (index < 0 || y[index] == null) return "";
    const interval =
      low?.[index] == null || high?.[index] == null
        ? ""
        : ` (${number(low[index])} to ${number(high[index])})`;
    return number(y[index]) + interval;
  }

  function drawing(spec, scale, width, height) {
    const right = width - MARGIN.right;
    const bottom = height - MARGIN.bottom;
    return svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
      scale.yTicks.map((value) => [
        svg("line", {
          class: "rule",
          x1: MARGIN.left,
          x2: right,
          y1: scale.y(value),
          y2: scale.y(value),
        }),
        svg(
          "text",
          { x: MARGIN.left - 8, y: scale.y(value) + 4, "text-anchor": "end" },
          tickText(value),
        ),
      ]),
      scale.xTicks.map((value) => [
        svg("line", {
          class: "tick",
          x1: scale.x(value),
          x2: scale.x(value),
          y1: bottom,
          y2: bottom + 5,
        }),
        svg(
          "text",
          { x: scale.x(value), y: bottom + 18, "text-anchor": "middle" },
          tickText(value),
        ),
      ]),
      svg(
        "text",
        { class: "axis", x: (MARGIN.left + right) / 2, y: height - 6, "text-anchor": "middle" },
        spec.x.label,
      ),
      svg("text", { class: "axis", x: 4, y: 12 }, spec.y.label ?? ""),
      (spec.marks ?? []).map(({ x, label }) => mark(scale, x, label, bottom, right)),
      spec.series.map((series, index) => line(series, index, scale)),
      svg("line", { class: "guide", x1: 0, x2: 0, y1: MARGIN.top, y2: bottom }),
    );
  }

  const tickText = (value) =>
    number(value)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");

  function mark(scale, x, label, bottom, right) {
    const atEnd = scale.x(x) > right - 80;
    return [
      svg("line", { class: "mark", x1: scale.x(x), x2: scale.x(x), y1: MARGIN.top, y2: bottom }),
      svg(
        "text",
        {
          class: "mark",
          x: scale.x(x) + (atEnd ? -4 : 4),
          y: MARGIN.top + 11,
          "text-anchor": atEnd ? "end" : "start",
        },
        label,
      ),
    ];
  }

  function line({ x, y, low, high, dashed }, index, scale) {
    const color = seriesColor(index);
    const place = (value, height) => `${scale.x(value).toFixed(1)},${scale.y(height).toFixed(1)}`;
    const stretches = unbroken(y);
    const band = (stretch) => [
      ...stretch.map((i) => place(x[i], low[i] ?? y[i])),
      ...stretch.map((i) => place(x[i], high[i] ?? y[i])).reverse(),
    ];
    const path = stretches.map((stretch) => `M${stretch.map((i) => place(x[i], y[i])).join("L")}`);
    const dots = stretches.flat();
    return [
      low &&
        high &&
        stretches.map((stretch) =>
          svg("polygon", { points: band(stretch).join(" "), fill: color, opacity: 0.14 }),
        ),
      svg("path", {
        ...{ d: path.join(""), fill: "none", stroke: color, "stroke-width": 2.2 },
        ...{ "stroke-dasharray": dashed ? "6 4" : null, "stroke-linejoin": "round" },
      }),
      dots.length <= 40 &&
        dots.map((i) =>
          svg("circle", { cx: scale.x(x[i]), cy: scale.y(y[i]), r: 2.6, fill: color }),
        ),
    ];
  }

  // Indices of the numbers of a series, one list for each stretch without a gap.
  function unbroken(y) {
    const stretches = [[]];
    y.forEach((value, i) => {
      if (value != null) stretches.at(-1).push(i);
      else if (stretches.at(-1).length) stretches.push([]);
    });
    return stretches.filter((stretch) => stretch.length);
  }
})();
