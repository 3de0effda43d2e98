"""A comparison with numbers made by hand, small enough to read them back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from featmatch import nn
from featmatch.compare.changes import Change, ChangeCurve
from featmatch.compare.common_points import CommonPoints
from featmatch.compare.comparison import Comparison
from featmatch.compare.contrast import Contrast, SpreadScores, SwapScores
from featmatch.compare.feature_maps import FeatureMaps, LayerMaps
from featmatch.compare.fields import LayerField, ReceptiveFields
from featmatch.compare.followed import FollowedPoint, NetworkWay, OrbWay, Partner
from featmatch.compare.headline import ContestVerdict
from featmatch.compare.kernels import FirstKernels
from featmatch.compare.map_networks import taken_apart
from featmatch.compare.methods import MethodScores
from featmatch.compare.pair import Pair
from featmatch.compare.seed_errors import SeedErrors
from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions

METHODS = {"orb": "ORB", "sift": "SIFT", "cnn": "network"}
CHANGES = ("rotation", "scale", "blur", "noise", "brightness", "jpeg")
NOTHING = Interval(None, None, None)
SENTENCES = (
    "The network did best here.",
    "Its points are found again.",
    ("The network finds more points again here.", "ORB is faster here."),
)
NO_ERRORS = SeedErrors(None, None, None, 0, 0)
WIDTH, HEIGHT = 96, 64


def make_image(name, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return Image(pixels, (WIDTH, HEIGHT), name)


def make_method(name):
    """Four matches, three of them right; the numbers tell the methods apart."""
    step = list(METHODS).index(name)
    points0 = np.array([[20, 20], [40, 20], [60, 40], [70.5, 44]], np.float32)
    points1 = points0 + np.array([8, 4], np.float32)
    points1[3] = 30, 50
    share = Interval(0.5 + 0.1 * step, 0.45 + 0.1 * step, 0.55 + 0.1 * step)
    return MethodScores(
        name=name,
        label=METHODS[name],
        num_keypoints=(1000 + step, 900 + step),
        max_ratio=0.9,
        repeatability_1=share,
        repeatability_3=share,
        chance_repeatability_1=0.01,
        chance_repeatability_3=0.125,
        localization_error=Interval(0.75, None, None),
        num_matches=4,
        num_correct=3,
        accuracy=tuple(0.1 * step + 0.05 * t for t in range(1, 11)),
        accuracy_3=share,
        matching_score=share,
        num_inliers=3,
        coverage=0.25,
        right_matches=Interval(3.0, 1.0, 4.0),
        homography_error=SeedErrors(1.5 + step, 1.25 + step, 1.75 + step, 0, 20),
        average_precision=Interval(0.375, 0.25, 0.5),
        chance_precision=0.001,
        precision=(1.0, 1.0, 0.75),
        recall=(0.1, 0.2, 0.3),
        extract_seconds=0.02 * (step + 1),
        match_seconds=0.005,
        num_bytes=(32, 512, 256)[step],
        matches=np.hstack([points0, points1]),
        correct=np.array([True, True, True, False]),
        points0=points0,
        points1=points1,
        scales0=np.full(4, 31, np.float32),
    )


def make_swap():
    return tuple(
        SwapScores(
            points=points,
            descriptors=descriptors,
            num_keypoints=(1000, 900),
            num_matches=100,
            num_correct=10 * (1 + row) + column,
            accuracy_3=Interval(0.2 + 0.1 * row, 0.1, 0.9),
            matching_score=Interval(0.3, 0.2, 0.4),
            average_precision=Interval(0.25, 0.2, 0.3),
            homography_error=SeedErrors(1.0 + row + column, 1.0, 5.0, 0, 20),
        )
        for row, points in enumerate(METHODS)
        for column, descriptors in enumerate(METHODS)
    )


def make_spread():
    return tuple(
        SpreadScores(
            name=name,
            num_keypoints=(1000, 900),
            repeatability_3=Interval(0.4, 0.35, 0.45),
            chance_repeatability_3=0.0625,
            num_matches=50,
            num_correct=20 + number,
            right_matches=Interval(20.0 + number, 12.0, 30.0),
            matching_score=Interval(0.2, 0.15, 0.25),
            average_precision=Interval(0.2, 0.15, 0.25),
            homography_error=SeedErrors(None, None, None, 20, 20),
        )
        for number, name in enumerate(METHODS)
    )


def make_change(name):
    values = {"rotation": (0.0, 45.0, 90.0), "jpeg": (100.0, 25.0, 5.0)}.get(name, (0.5, 1.0, 2.0))
    methods = [*METHODS, "cnn, upright"] if name == "rotation" else [*METHODS]
    curves = tuple(
        ChangeCurve(
            method=method,
            repeatability=(1.0, 0.5, 0.25),
            chance_repeatability=(0.1, 0.1, 0.1),
            accuracy=(1.0, 0.8 - 0.1 * number, 0.6),
            num_correct=(500, 400 - number, 0),
            corner_error=(0.0, 1.5, None),
            breaks_at=values[2],
        )
        for number, method in enumerate(methods)
    )
    return Change(name, name, "°" if name == "rotation" else "", values, curves)


def make_layer(name, title, num_channels):
    return LayerMaps(
        name=name,
        title=f"Layer {title}",
        stride=1 if name == "score" else 2,
        num_channels=num_channels,
        auroc_random=np.linspace(0.4, 0.9, num_channels),
        auroc_edges=np.linspace(0.5, 0.75, num_channels),
        lift=np.linspace(1, 2, num_channels),
        answers=("corner", "edge")[:num_channels] + ("mixed",) * max(num_channels - 2, 0),
        probe_average_precision=0.625,
        probe_untrained=0.5,
        probe_chance=0.25,
    )


def make_followed(x, ratio=0.97):
    """A point with a partner that ORB keeps and the network does not."""
    point = np.array([x, 30.0], np.float32)
    score = np.zeros((15, 15), np.float32)
    score[7, 7] = 0.875
    orb = OrbWay(
        point, 100, np.arange(16) * 10, 9, 0.5, 0.5, "01" * 128,
        Partner((x + 8.0, 34.0), 12.0, 0.5, True, True),
    )  # fmt: skip
    network = NetworkWay(
        point,
        tuple(np.linspace(-1, 1, num, dtype=np.float32) for num in (16, 32, 64, 64)),
        score,
        np.linspace(-1, 1, 64, dtype=np.float32),
        Partner((x + 20.0, 50.0), 0.75, ratio, False, False),
    )
    return FollowedPoint(orb, network, np.array([x + 8.0, 34.0]))


def make_field(name, size):
    return LayerField(
        name=name,
        title=f"Layer {name}",
        stride=2,
        size=size,
        center=0.5,
        effective_size=size // 2,
        heat=np.outer(np.hanning(size), np.hanning(size)).round(3),
    )


def make_comparison(name0="left.png", name1="right.png"):
    methods = tuple(make_method(name) for name in METHODS)
    homography = np.array([[1.0, 0, 8], [0, 1, 4], [0, 0, 1]])
    kernel = np.arange(36, dtype=np.float32).reshape(6, 6) - 18
    return Comparison(
        version="1.2.3",
        seed=7,
        quick=False,
        weights="cnn.npz",
        pair=Pair(make_image(name0), make_image(name1, 1), homography, None, "given", "as given"),
        verdict=ContestVerdict("best", ("cnn",), *SENTENCES),
        contrast=Contrast(
            max_keypoints=1000, methods=methods, swap=make_swap(), spread=make_spread()
        ),
        changes=tuple(make_change(name) for name in CHANGES),
        feature_maps=FeatureMaps(
            size=(WIDTH, HEIGHT),
            layers=(make_layer("block1_conv1", "one", 5), make_layer("score", "score", 1)),
            kernels=FirstKernels(
                kernel[None], (("Sobel across", 0.75),), {"Sobel across": kernel.copy()}
            ),
            common_points=CommonPoints(3.0, 4, 5, 0.5, 0.4, 0.125, 0.1, 2, None),
            points0=methods[0].points0,
            learned_points=methods[2].points0,
            harris_average_precision=0.75,
            num_probed=4,
        ),
        receptive_fields=ReceptiveFields((make_field("one", 6), make_field("score", 20))),
        followed=(make_followed(20, ratio=0.9001), make_followed(60)),
        seconds={"geometry": 0.1, "contrast": 2.0},
        networks=tuple(make_network(epoch) for epoch in (0, 3)),
    )


def make_network(epoch):
    """A small network of the plan of ours, with other weights after epoch 3, which was kept."""
    return taken_apart(drawn_network(epoch), epoch, kept=epoch == 3)


def drawn_network(seed):
    options = NetworkOptions((5, 4, 4, 4), 4, descriptor_size=8)
    return nn.fold(FeatureNetwork(options, np.random.default_rng(seed)).eval())


def without_geometry(comparison):
    """The same of images that are not known to relate: there is no truth to compare with."""
    measures = ("repeatability_1", "repeatability_3", "localization_error")
    unknown = dict.fromkeys(
        (*measures, "accuracy_3", "matching_score", "right_matches", "average_precision"), NOTHING
    )
    nothing = dict.fromkeys(
        ("chance_repeatability_1", "chance_repeatability_3", "num_correct", "accuracy", "correct")
    )
    nothing["chance_precision"] = None
    methods = tuple(
        replace(
            method,
            precision=(),
            recall=(),
            homography_error=NO_ERRORS,
            **unknown,
            **nothing,
        )
        for method in comparison.contrast.methods
    )
    swap = tuple(
        replace(
            score,
            **dict.fromkeys(("accuracy_3", "matching_score", "average_precision"), NOTHING),
            num_correct=None,
            homography_error=NO_ERRORS,
        )
        for score in comparison.contrast.swap
    )
    names = ("repeatability_3", "right_matches", "matching_score", "average_precision")
    spread = tuple(
        replace(
            score,
            **dict.fromkeys(names, NOTHING),
            **dict.fromkeys(("chance_repeatability_3", "num_correct")),
            homography_error=NO_ERRORS,
        )
        for score in comparison.contrast.spread
    )
    pair = replace(comparison.pair, homography=None, origin="none", reason="not known")
    contrast = replace(comparison.contrast, methods=methods, swap=swap, spread=spread)
    verdict = replace(comparison.verdict, outcome="unrelated", best=(), why="")
    return replace(comparison, pair=pair, contrast=contrast, verdict=verdict)


def without_points(comparison):
    """The same of a blank image: no method has a keypoint, and nothing can be told of the maps."""
    none = np.zeros((0, 2), np.float32)
    methods = tuple(
        replace(
            method,
            num_keypoints=(0, 0),
            num_matches=0,
            matches=np.zeros((0, 4), np.float32),
            points0=none,
            points1=none,
            scales0=np.zeros(0, np.float32),
        )
        for method in without_geometry(comparison).contrast.methods
    )
    layers = tuple(
        replace(
            layer,
            **dict.fromkeys(("auroc_random", "auroc_edges", "lift"), np.zeros(0)),
            answers=(),
            probe_average_precision=None,
            probe_untrained=None,
            probe_chance=None,
        )
        for layer in comparison.feature_maps.layers
    )
    common = CommonPoints(3.0, 0, 0, None, None, None, None, 0, None)
    maps = replace(
        comparison.feature_maps,
        layers=layers,
        common_points=common,
        points0=none,
        learned_points=none,
        harris_average_precision=None,
        num_probed=0,
    )
    changes = tuple(
        replace(
            change,
            curves=tuple(replace(curve, corner_error=(None,) * 3) for curve in change.curves),
        )
        for change in comparison.changes
    )
    blank = without_geometry(comparison)
    contrast = replace(blank.contrast, methods=methods)
    verdict = ContestVerdict("nothing", (), "Nothing to find here.", "")
    return replace(blank, contrast=contrast, changes=changes, feature_maps=maps, verdict=verdict)


def make_topic(name="convolution", **data):
    return Topic(name, "A title", "What it is about.", data, "import featmatch", ("A note.",))
