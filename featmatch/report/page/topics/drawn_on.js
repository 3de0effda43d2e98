// A picture to draw on.
"use strict";

(() => {
  const MAX_WIDTH = 620; // CSS px

  // draw(context, colors, scale) once the picture is loaded; scale is CSS px for one of its pixels.
  // Options: `others`, more pictures of the same shape, and which() says which one to show;
  // `maxWidth` in CSS px; `pixelated`; onpoint(x, y, kind) in pixels of the picture.
  kit.drawnOn = (picture, label, draw, options = {}) => {
    const factor = Math.min(options.maxWidth ?? MAX_WIDTH, picture.width * 8) / picture.width;
    let images = null;
    const canvas = kit.canvas(
      picture.width * factor,
      picture.height * factor,
      (context, colors, width, height) => {
        if (!images) return;
        context.imageSmoothingEnabled = !options.pixelated;
        context.drawImage(images[options.which?.() ?? 0], 0, 0, width, height);
        draw(context, colors, width / picture.width);
      },
      { label, onpoint: options.onpoint && ((x, y, kind, width) => options.onpoint(center(x, width), center(y, width), kind)) },
    );
    const center = (place, width) => (place * picture.width) / width - 0.5;
    Promise.all([picture, ...(options.others ?? [])].map(kit.loaded)).then((loaded) => {
      images = loaded;
      canvas.redraw();
    });
    return canvas;
  };
})();
