// kit.pdf: a drawing as a PDF of one page. A drawing is {width, height, items}: paths, dots, texts and
// pictures, in px from the upper left corner.
"use strict";

(() => {
  const CIRCLE = 0.5523; // of the radius: where the curves of a circle have their handles
  const LETTER = 0.52; // of the size: the mean width of a letter of Helvetica
  const POINTS = 0.75; // pt in a CSS px
  const two = (value) => Number(value.toFixed(2));

  // Bytes of a text in the encoding of PDF's fonts, near enough to Latin-1.
  const latin = (text) =>
    Uint8Array.from(text.replaceAll("−", "-").replaceAll("–", "-").replaceAll("…", "..."), (letter) =>
      letter.charCodeAt(0) < 256 ? letter.charCodeAt(0) : 63,
    );

  function operators({ height, items }) {
    const y = (value) => two(height - value);
    const draw = {
      path: ({ points, fill, stroke, width, dash, opacity }) => {
        const path = points.map(([px, py], index) => `${two(px)} ${y(py)} ${index ? "l" : "m"}`).join(" ");
        if (fill) return `${shade(opacity)} ${color(fill)} rg ${path} h f`;
        return `${dash ? `[${dash}] 0 d ` : ""}${color(stroke)} RG ${width} w 1 j ${path} S`;
      },
      dot: ({ center: [cx, cy], radius: r, fill, opacity }) => {
        const [x, middle, k] = [cx, height - cy, CIRCLE * r];
        const curve = (...numbers) => `${numbers.map(two).join(" ")} c`;
        return [
          `${shade(opacity)} ${color(fill)} rg ${two(x + r)} ${two(middle)} m`,
          curve(x + r, middle + k, x + k, middle + r, x, middle + r),
          curve(x - k, middle + r, x - r, middle + k, x - r, middle),
          curve(x - r, middle - k, x - k, middle - r, x, middle - r),
          curve(x + k, middle - r, x + r, middle - k, x + r, middle),
          "f",
        ].join(" ");
      },
      text: ({ at: [tx, ty], text, size, fill, anchor }) => {
        const back = { start: 0, middle: 0.5, end: 1 }[anchor ?? "start"] * LETTER * size * text.length;
        const letters = text.replace(/[\\()]/g, (letter) => `\\${letter}`);
        return `${color(fill)} rg BT /F0 ${size} Tf ${two(tx - back)} ${y(ty)} Td (${letters}) Tj ET`;
      },
      picture: ({ box: [left, top, width, tall], name }) =>
        `${two(width)} 0 0 ${two(tall)} ${two(left)} ${y(top + tall)} cm /${name} Do`,
    };
    return items.map((item) => `q ${draw[item.kind](item)} Q`).join("\n");
  }

  const shade = (opacity) => (opacity != null && opacity < 1 ? "/G0 gs" : "");
  const color = (rgb) => (rgb.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map((level) => (level / 255).toFixed(3)).join(" ");

  function bytesOf(parts) {
    const arrays = parts.map((part) => (typeof part === "string" ? latin(part) : part));
    const whole = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of arrays) {
      whole.set(array, at);
      at += array.length;
    }
    return whole;
  }

  // Pictures are {kind: "picture", box, jpeg, pixels: [w, h]}, with the bytes of a JPEG.
  kit.pdf = (drawing) => {
    const pictures = drawing.items.filter(({ kind }) => kind === "picture");
    for (const [index, picture] of pictures.entries()) picture.name = `P${index}`;
    const content = latin(`${POINTS} 0 0 ${POINTS} 0 0 cm\n${operators(drawing)}`);
    const named = pictures.map(({ name }, index) => `/${name} ${5 + index} 0 R`).join(" ");
    const size = [drawing.width, drawing.height].map((side) => two(side * POINTS)).join(" ");
    const resources = `<< /Font << /F0 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> >> /ExtGState << /G0 << /ca 0.25 >> >> /XObject << ${named} >> >>`;
    const objects = [
      ["<< /Type /Catalog /Pages 2 0 R >>"],
      ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
      [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${size}] /Contents 4 0 R /Resources ${resources} >>`],
      [`<< /Length ${content.length} >>\nstream\n`, content, "\nendstream"],
      ...pictures.map(({ jpeg, pixels: [width, height] }) => [
        `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>\nstream\n`,
        jpeg,
        "\nendstream",
      ]),
    ];
    const parts = [];
    const starts = [];
    let at = 0;
    const add = (part) => {
      parts.push(part);
      at += typeof part === "string" ? latin(part).length : part.length;
    };
    add("%PDF-1.4\n");
    objects.forEach((object, index) => {
      starts.push(at);
      add(`${index + 1} 0 obj\n`);
      object.forEach(add);
      add("\nendobj\n");
    });
    const table = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
    const count = objects.length + 1;
    const end = at;
    add(`xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${end}\n%%EOF\n`);
    return bytesOf(parts);
  };
})();
