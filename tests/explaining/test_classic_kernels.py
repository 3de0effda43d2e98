"""Kernels designed by hand, against OpenCV and SciPy."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy import ndimage

from featmatch.explaining.classic_kernels import CLASSIC_KERNELS, classic_kernel

IMAGE = np.random.default_rng(1).integers(0, 256, (21, 18)).astype(np.float64)
LAPLACIAN = cv2.Laplacian(IMAGE, cv2.CV_64F)
OUTSIDE = {
    "sobel-x": cv2.Sobel(IMAGE, cv2.CV_64F, 1, 0),
    "sobel-y": cv2.Sobel(IMAGE, cv2.CV_64F, 0, 1),
    "prewitt-x": ndimage.prewitt(IMAGE, axis=1),
    "prewitt-y": ndimage.prewitt(IMAGE, axis=0),
    "scharr-x": cv2.Scharr(IMAGE, cv2.CV_64F, 1, 0),
    "scharr-y": cv2.Scharr(IMAGE, cv2.CV_64F, 0, 1),
    "laplacian": LAPLACIAN,
    "gaussian": cv2.GaussianBlur(IMAGE, (3, 3), 0),
    "mean": cv2.blur(IMAGE, (3, 3)),
    "sharpen": IMAGE - LAPLACIAN,
    "identity": IMAGE,
}


@pytest.mark.parametrize("kernel", CLASSIC_KERNELS, ids=lambda kernel: kernel.name)
def test_kernels_are_those_of_others(kernel):
    ours = ndimage.correlate(IMAGE, kernel.weights)
    np.testing.assert_allclose(ours[1:-1, 1:-1], OUTSIDE[kernel.name][1:-1, 1:-1], atol=1e-9)


def test_names_and_labels_are_given_once():
    assert {kernel.name for kernel in CLASSIC_KERNELS} == set(OUTSIDE)
    assert len({kernel.label for kernel in CLASSIC_KERNELS}) == len(CLASSIC_KERNELS)


def test_kernels_that_find_changes_drop_the_brightness():
    brighter = [
        kernel.name
        for kernel in CLASSIC_KERNELS
        if np.abs(ndimage.correlate(np.ones((5, 5)), kernel.weights)[2, 2]) > 1e-9
    ]
    assert brighter == [kernel.name for kernel in CLASSIC_KERNELS if not kernel.finds_changes]
    assert brighter == ["gaussian", "mean", "sharpen", "identity"]


def test_kernels_are_found_by_name():
    assert classic_kernel("mean").label == "Mean"
