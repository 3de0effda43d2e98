"""Images and features for the tests of feature maps."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from featmatch import Features
from featmatch.features.extractor import Extractor
from featmatch.features.orb import ORB
from featmatch.images.image import read_image
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import load_network

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
NETWORK = load_network()


@cache
def photograph(max_size=320):
    return read_image(SAMPLES / "gallery_0.jpg", max_size=max_size)


@cache
def found(name="orb"):
    extractor: Extractor = ORB(max_keypoints=300) if name == "orb" else CNN(max_keypoints=300)
    return extractor.extract(photograph())


def untrained(activation="leaky_relu", channels=(4, 4, 4, 4), seed=0):
    options = NetworkOptions(channels, 4, descriptor_size=8, activation=activation)
    return FeatureNetwork(options, np.random.default_rng(seed)).eval()


def features_at(points, size=(100, 80), scores=None):
    """Features at given points, of an image of a size, and nothing else of interest."""
    points = np.asarray(points, np.float32).reshape(-1, 2)
    num = len(points)
    return Features(
        keypoints=points,
        descriptors=np.zeros((num, 1), np.float32),
        scores=np.asarray(np.ones(num) if scores is None else scores, np.float32),
        scales=np.ones(num, np.float32),
        angles=np.zeros(num, np.float32),
        image_size=size,
        method="made",
    )
