"""The topics in teaching order, and the call that explains one on an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TypeAlias, cast

from featmatch.checks import check_choice
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image, ImageSource, read_image

Explanation: TypeAlias = Callable[[Image], Topic]


def _in_file_of_its_own(name: str) -> Explanation:
    """Explain a topic with the function of the file that is named like it, loaded when called."""

    def explanation(image: Image) -> Topic:
        function = name.replace("-", "_")
        module = import_module(f"featmatch.explaining.{function}")
        return cast(Explanation, getattr(module, function))(image)

    return explanation


TOPICS: Mapping[str, Explanation] = MappingProxyType(
    {
        name: _in_file_of_its_own(name)
        for name in (
            "convolution",
            "padding",
            "edges",
            "channels",
            "kernel-size",
            "feature-maps",
            "activations",
            "pooling",
            "receptive-fields",
            "gradients",
            "training",
            "keypoints",
        )
    }
)
"""Name of a topic -> the function of an image that explains it, in teaching order."""


def explain(topic: str, image: ImageSource | Image, *, max_size: int = 640) -> Topic:
    """Explain how convolutional networks work, with real numbers of an image.

    Parameters
    ----------
    topic : str
        One of `featmatch.explaining.topics.TOPICS`, as ``"convolution"``.
    image : path, ndarray, PIL.Image.Image or Image
        As `read_image` takes it.
    max_size : int, optional
        Limit in pixels to the longer side of the working image; 0 turns resizing off.

    Returns
    -------
    Topic
        Words, data and the library calls; the same for the same image, but for times taken and the
        number of threads they were taken on.

    Raises
    ------
    ValueError
        There is no such topic.
    ImageReadError, ValueError, TypeError
        The image cannot be read, see `read_image`.
    """
    check_choice("topic", topic, TOPICS)
    return TOPICS[topic](read_image(image, max_size=max_size))
