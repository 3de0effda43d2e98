"""A comparison of hand-engineered points with learned feature maps as a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featmatch.compare.comparison import Comparison
from featmatch.explaining.topic import Topic
from featmatch.report.comparison.opening import opening, opening_header
from featmatch.report.page.encode import encode, encode_picture
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
    document = encode(comparison)
    for number in (0, 1):  # the page has them already, in its opening
        del document["pair"][f"image{number}"]["pixels"]
    for field, told in zip(
        comparison.receptive_fields.layers, document["receptive_fields"]["layers"], strict=True
    ):
        told["heat"] = encode_picture(np.rint(255 * field.heat).astype(np.uint8), lossless=True)
    document["gray"] = encode_picture(comparison.pair.image0.gray(), lossless=True)
    data = {"comparison": document, "topics": tuple(topics)}
    return make_page(
        data,
        [*scripts_in("network"), *scripts_in("questions"), *scripts, *scripts_in("topics")],
        header=opening_header(),
        main=opening(comparison),
    )
