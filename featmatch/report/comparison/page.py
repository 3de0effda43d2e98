"""A comparison of hand-engineered points with learned feature maps as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from featmatch.compare.comparison import Comparison
from featmatch.explaining.topic import Topic
from featmatch.report.comparison.opening import opening, opening_header
from featmatch.report.page.encode import encode_picture
from featmatch.report.page.page import make_page, scripts_in

_SECTIONS = (
    "pair",
    "contrast",
    "swap",
    "changes",
    "feature_maps",
    "corners",
    "kernels",
    "receptive_fields",
    "follow_drawings",
    "follow",
    "method",
    "references",
)
"""Files of sections; ``page.js`` puts them and the topics into chapters."""


def comparison_page(comparison: Comparison, topics: Sequence[Topic] = ()) -> bytes:
    """Show a comparison of hand-engineered points with learned feature maps as a page.

    Parameters
    ----------
    comparison : Comparison
        What `featmatch.compare_cnn` measured.
    topics : sequence of Topic, optional
        CNN basics on the same picture, in the order in which they are to be read.

    Returns
    -------
    bytes
        HTML that needs no other file and no network.
    """
    scripts = ["sections.js", "chapters.js", *(f"sections/{name}.js" for name in _SECTIONS)]
    data = {"comparison": _document(comparison), "topics": tuple(topics)}
    return make_page(
        data,
        [*scripts_in("network"), *scripts_in("questions"), *scripts, *scripts_in("topics")],
        header=opening_header(),
        main=opening(comparison),
    )


def _document(comparison: Comparison) -> dict[str, Any]:
    """Lay out what the scripts draw: fields as pictures, images without what the opening shows."""
    pair, fields = comparison.pair, comparison.receptive_fields
    images = {
        f"image{number}": {"size": image.size, "name": image.name}
        for number, image in enumerate((pair.image0, pair.image1))
    }
    heats = [np.rint(255 * field.heat).astype(np.uint8) for field in fields.layers]
    layers = [
        {**vars(field), "heat": encode_picture(heat, lossless=True)}
        for field, heat in zip(fields.layers, heats, strict=True)
    ]
    return {
        **vars(comparison),
        "pair": {**vars(pair), **images},
        "receptive_fields": {**vars(fields), "layers": layers},
        "gray": encode_picture(pair.image0.gray(), lossless=True),
    }
