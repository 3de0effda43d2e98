// kit.touchPictures: both pictures with their matches, and what is chosen in one of them.
"use strict";

(() => {
  const { el, number } = kit;
  const MOST = { width: 1600, height: 640, zoom: 8 }; // CSS px, and CSS px for one of the picture
  const AGREES = "#5cc8ff";
  const DIFFERS = "#ff9d4d";
  const CHOSEN = "#ffe14d";
  const POINTED = "#ffffff";
  const QUIET = 0.45; // opacity of the matches while something is chosen

  kit.touchColors = { agrees: AGREES, differs: DIFFERS, chosen: CHOSEN };

  // marks() tells what to draw: `shown`, indices of matches; `kept` and `hovered`, what is chosen and
  // what is pointed at, or null: `ends`, a place for each picture or null, and `line`, {side, ends}.
  // onpoint(side, [x, y], kind, nearest) gets points of a picture, and nearest(radius) the index of
  // the shown match that lies at most so many CSS px away, or null. onleave() when none is pointed at.
  kit.touchPictures = (view, marks, { onpoint, onleave }) => {
    const sides = [0, 1].map((side) => onePicture(view, side, marks, onpoint));
    for (const { node } of sides) {
      node.addEventListener("pointerleave", onleave);
      node.addEventListener("blur", onleave);
    }
    const figures = view.pictures.map(({ name, size }, side) =>
      el(
        "figure",
        {},
        el("figcaption", {}, name, " ", el("small", {}, `${number(size[0])} × ${number(size[1])} px`)),
        sides[side].node,
      ),
    );
    const redraw = () => {
      for (const canvas of sides) canvas.redraw();
    };
    return { figures, redraw };
  };

  function onePicture(view, side, marks, onpoint) {
    const { size, name, width: columns } = view.pictures[side];
    const aspect = size[0] / size[1];
    const width = Math.min(MOST.width, MOST.height * aspect, MOST.zoom * columns);
    const points = view.relation[`points${side}`];

    function nearest(shown, place, x, y, radius) {
      let [found, least] = [null, radius];
      for (const index of shown) {
        const [px, py] = place(points[index]);
        const distance = Math.hypot(px - x, py - y);
        if (distance <= least) [found, least] = [index, distance];
      }
      return found;
    }

    return kit.canvas(
      width,
      width / aspect,
      (context, colors, shownWidth, shownHeight) => {
        const place = kit.placer(size, shownWidth);
        context.fillStyle = colors.surface;
        context.fillRect(0, 0, shownWidth, shownHeight);
        if (view.images) context.drawImage(view.images[side], 0, 0, shownWidth, shownHeight);
        drawOutlines(context, view, side, place);
        const { shown, kept, hovered } = marks();
        context.globalAlpha = kept || hovered ? QUIET : 1;
        drawMatches(context, shown, view.relation.inliers, (index) => place(points[index]));
        context.globalAlpha = 1;
        if (kept) drawSpot(context, kept, side, place, CHOSEN);
        if (hovered) drawSpot(context, hovered, side, place, POINTED);
      },
      {
        label: `Picture ${side}, ${name}, with the matches.`,
        onpoint: (x, y, kind, shownWidth) => {
          const place = kit.placer(size, shownWidth);
          onpoint(side, kit.pointAt(size, shownWidth, x, y), kind, (radius) =>
            nearest(marks().shown, place, x, y, radius),
          );
        },
      },
    );
  }

  // Draw a path twice: dark and wide, then in its color, to be seen on any ground.
  function cased(context, color, width, trace) {
    context.beginPath();
    trace();
    for (const [style, extra] of [
      ["rgb(0 0 0 / 60%)", 2],
      [color, 0],
    ]) {
      context.strokeStyle = style;
      context.lineWidth = width + extra;
      context.stroke();
    }
  }

  function drawOutlines(context, view, side, place) {
    for (const relation of view.relations) {
      const corners = relation[`outline${side}`]?.map(place);
      if (!corners?.length) continue;
      cased(context, CHOSEN, relation === view.relation ? 2 : 1, () => {
        context.moveTo(...corners[0]);
        for (const corner of corners.slice(1)) context.lineTo(...corner);
        context.closePath();
      });
    }
  }

  // Dots for matches that agree, crosses for those that do not.
  function drawMatches(context, shown, inliers, place) {
    const dots = shown.filter((index) => inliers[index]).map(place);
    const crosses = shown.filter((index) => !inliers[index]).map(place);
    if (crosses.length)
      cased(context, DIFFERS, 1.2, () => {
        for (const [x, y] of crosses) {
          context.moveTo(x - 3, y - 3);
          context.lineTo(x + 3, y + 3);
          context.moveTo(x - 3, y + 3);
          context.lineTo(x + 3, y - 3);
        }
      });
    for (const [color, radius] of [
      ["rgb(0 0 0 / 60%)", 3.2],
      [AGREES, 2.2],
    ]) {
      context.fillStyle = color;
      context.beginPath();
      for (const [x, y] of dots) {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
  }

  // A ring around a match, cross hairs at a place, the line on which it lies.
  function drawSpot(context, { ends, line, index }, side, place, color) {
    if (line?.side === side) {
      cased(context, color, 2, () => {
        context.moveTo(...place(line.ends[0]));
        context.lineTo(...place(line.ends[1]));
      });
    }
    if (!ends[side]) return;
    const [x, y] = place(ends[side]);
    if (index === null)
      cased(context, color, 2, () => {
        for (const [dx, dy] of [
          [1, 0],
          [-1, 0],
          [0, 1],
          [0, -1],
        ]) {
          context.moveTo(x + 4 * dx, y + 4 * dy);
          context.lineTo(x + 13 * dx, y + 13 * dy);
        }
      });
    else cased(context, color, 2.5, () => context.arc(x, y, 9, 0, 2 * Math.PI));
  }
})();
