// kit.bars: one bar a row, as a table that looks like a chart.
"use strict";

(() => {
  const { el, number } = kit;

  // {label, y: {label, max}, bars: [{name, value, low, high, group}]}. Bars of a group share a
  // color; low and high draw an interval; a value of null is "–".
  kit.bars = (spec) => {
    const caption = el("caption");
    const unit = el("th", { scope: "colgroup", colspan: 2 });
    const body = el("tbody");
    const head = el("thead", {}, el("tr", {}, el("td"), unit));
    const legend = el("ul", { class: "legend" });
    const node = el("figure", { class: "bars" }, el("table", {}, caption, head, body), legend);

    function update({ label, y, bars }) {
      const values = bars
        .flatMap(({ value, high }) => [value, high])
        .filter((value) => value != null);
      const lows = bars.flatMap(({ value, low }) => [value, low]).filter((value) => value != null);
      const most = y?.max ?? Math.max(...values, 0);
      const least = Math.min(...lows, 0);
      const percent = (value) => (100 * (value - least)) / (most - least || 1);
      const groups = [...new Set(bars.map(({ group }) => group).filter((group) => group != null))];
      caption.textContent = label;
      unit.textContent = y?.label ?? "";
      body.replaceChildren(
        ...bars.map((bar) => {
          const index = groups.length ? groups.indexOf(bar.group) : 0;
          return el(
            "tr",
            {},
            el("th", { scope: "row" }, bar.name),
            el("td", {}, el("div", { class: "track" }, track(bar, index, percent))),
            el("td", { class: "number" }, told(bar)),
          );
        }),
      );
      legend.replaceChildren(
        ...(groups.length > 1 ? groups : []).map((group, index) =>
          el("li", {}, el("span", { class: "dot", style: `background: ${color(index)}` }), group),
        ),
      );
    }

    update(spec);
    return { node, update };
  };

  const color = (index) => `var(--series-${(Math.max(index, 0) % 6) + 1})`;

  function track({ value, low, high }, index, percent) {
    if (value == null) return null;
    const [start, end] = [percent(Math.min(value, 0)), percent(Math.max(value, 0))];
    return [
      el("div", {
        class: "bar",
        style: `left: ${start}%; width: ${end - start}%; background: ${color(index)}`,
      }),
      low != null &&
        high != null &&
        el("div", {
          class: "whisker",
          style: `left: ${percent(low)}%; width: ${percent(high) - percent(low)}%`,
        }),
    ];
  }

  function told({ value, low, high }) {
    const interval = low == null || high == null ? "" : `${number(low)} to ${number(high)}`;
    return [number(value), interval && el("small", {}, interval)];
  }
})();
