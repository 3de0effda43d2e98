"""What every method of finding features has in common."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from featmatch.images.image import Image
from featmatch.types import Features, Norm


class Extractor(Protocol):
    """Finds the features of an image: any object with these attributes.

    Attributes
    ----------
    name, summary, descriptor : str
        What the method is called, what it is good for, what a descriptor consists of.
    needs : str
        The package that it needs beside those of featmatch; empty for none.
    unavailable : str or None
        What has to be installed before the method can be used; None where it can be.
    norm : {"l2", "hamming", "hamming2"}
        The distance that its descriptors are made for.
    """

    @property
    def name(self) -> str:
        """What the method is called."""

    @property
    def summary(self) -> str:
        """What the method is good for."""

    @property
    def descriptor(self) -> str:
        """What a descriptor consists of."""

    @property
    def needs(self) -> str:
        """The package that the method needs beside those of featmatch; empty for none."""

    @property
    def unavailable(self) -> str | None:
        """What has to be installed before the method can be used; None where it can be."""

    @property
    def norm(self) -> Norm:
        """The distance that the descriptors are made for."""

    def extract(self, image: Image, mask: npt.NDArray[np.uint8] | None = None) -> Features:
        """Find the features of an image.

        Parameters
        ----------
        image : Image
        mask : (H, W) uint8, optional
            Of the size of ``image.pixels``; keypoints lie where it is not 0. None uses all.

        Returns
        -------
        Features
            In pixels of the original image; possibly none.
        """
