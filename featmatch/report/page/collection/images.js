// Every image with its partners, and every file that is none.
"use strict";

kit.section("images", "The images", (root, collection) => {
  const { el } = kit;
  const { data, partners } = collection;
  const table = el("div");

  const row = (image) => () => {
    const best = partners[image][0];
    const size = collection.sizes[data.components[image]];
    return [
      el("span", { class: "named" }, collection.thumbnail(image), data.names[image]),
      data.degrees[image],
      best ? collection.pairButton(best, false) : "none",
      best?.inliers ?? null,
      size > 1 ? `${data.components[image] + 1} (of ${size})` : "alone",
    ];
  };

  function show(order) {
    const images = data.names.map((_, image) => image);
    if (order === "partners") images.sort((a, b) => data.degrees[a] - data.degrees[b] || a - b);
    table.replaceChildren(
      collection.longTable(
        "Images and their partners",
        ["image", "partners", "best pair", "its inliers", "component"],
        images.map(row),
      ),
    );
  }

  const orders = [
    ["partners", "fewest partners first"],
    ["names", "by name"],
  ];
  root.append(
    el("div", { class: "controls" }, kit.choice("Order", orders, "partners", show)),
    table,
  );
  show("partners");
});

kit.section("failures", "What could not be read", (root, collection) => {
  const { failures } = collection.data;
  if (!failures.length) {
    root.append(kit.el("p", {}, "All files were read."));
    return;
  }
  const rows = failures.map((failure) => () => failure);
  root.append(collection.longTable("Files without features", ["file", "status", "reason"], rows));
});
