// How plainly the layers hold ORB's corners, and how many points both sides share.
"use strict";

kit.section("corners", "What the layers know of corners", (root, comparison) => {
  const { el, number } = kit;
  const maps = comparison.feature_maps;
  const { layers, common_points: common, harris_average_precision: harris } = maps;
  const percent = (share) => (share == null ? "–" : `${number(100 * share, 0)} %`);
  const probed = layers.filter((layer) => layer.probe_average_precision != null);
  root.append(
    el(
      "p",
      {},
      "A linear classifier, one weight a map, is trained on one half of the image to tell ORB's points from random places, and tried on the other half. The longer the bar, the more plainly the layer holds what ORB looks for. Beside each stands the same layer of an untrained network, and above all the response of Harris alone, by which ORB ranks its points: what training adds is the difference to these, not to guessing.",
    ),
    probed.length
      ? kit.bars({
          label: `Average precision of the classifier, on ${kit.counted(maps.num_probed, "point")} of ORB's`,
          y: { label: "average precision on the unseen half", max: 1 },
          bars: [
            ...(harris == null
              ? []
              : [{ name: "Harris alone", value: harris, group: "made by hand" }]),
            ...probed.flatMap((layer) => [
              { name: layer.title, value: layer.probe_average_precision, group: "trained" },
              { name: "untrained", value: layer.probe_untrained, group: "untrained" },
            ]),
            { name: "guessing", value: probed[0].probe_chance, group: "chance" },
          ],
        }).node
      : kit.note("Too few points for it in this image."),
    el("h4", {}, "Are they the same points?"),
    kit.table(
      `Points with one of the other kind within ${number(common.tolerance)} px`,
      ["", "share", "by chance"],
      [
        [
          `ORB's ${number(common.num_orb)} near one of the network's`,
          percent(common.orb_near_learned),
          percent(common.chance_orb_near_learned),
        ],
        [
          `the network's ${number(common.num_learned)} near one of ORB's`,
          percent(common.learned_near_orb),
          percent(common.chance_learned_near_orb),
        ],
      ],
    ),
  );
  if (common.score_correlation != null)
    root.append(
      el(
        "p",
        {},
        `On the ${kit.counted(common.num_common, "common point")}, the two scores have a rank correlation of ${number(common.score_correlation, 2)} (1: the same order, 0: unrelated).`,
      ),
    );
});
