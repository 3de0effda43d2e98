"""Features by the learned network, on two threads, against ORB, SIFT and PyTorch.

Needs the extra `torch`.
"""

from __future__ import annotations

import threading
import tracemalloc
from functools import cache

import cv2
import numpy as np
import pytest
import torch
from conftest import SAMPLES
from paired import Comparison, compare, within_seconds
from torch_network import TorchNetwork

from featmatch import nn, read_image, threads
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.network.level import Level
from featmatch.learned.network.weights import load_network

NUM = 2000
SIZE = 640, 480
SECONDS, MEGABYTES = 0.06, 300
SIFT_SECONDS = 0.06  # of OpenCV's SIFT, at most, on two quiet cores
ROUNDS = [()] * 15
NAME = f"cnn, {NUM:,} keypoints of {SIZE[0]} x {SIZE[1]}"


@pytest.fixture(scope="module")
def image():
    photograph = cv2.imread(str(SAMPLES / "poster_0.jpg"))[..., ::-1]
    return read_image(cv2.resize(photograph, SIZE, interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="module")
def levels(image):
    """Photographs at all scales, as (1, H, W, 1)."""
    return [Level.of(image.gray(), scale).pixels[None, ..., None] for scale in CNN.scales]


@pytest.fixture(autouse=True)
def _two_threads():
    before = torch.get_num_threads(), cv2.getNumThreads(), threads.get_num_threads()
    torch.set_num_threads(2)
    cv2.setNumThreads(2)
    threads.set_num_threads(2)
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])
    threads.set_num_threads(before[2])


def extract(image):
    features = CNN(max_keypoints=NUM).extract(image)
    assert len(features) == NUM


PEERS = {
    "ORB": (cv2.ORB.create(NUM, fastThreshold=5), 20),
    "SIFT": (cv2.SIFT.create(NUM, contrastThreshold=0.01), 4),
}
"""Detector, and how many times as long ours may take."""


@cache
def beside(peer, image):
    detector, bound = PEERS[peer]
    gray = image.gray()
    assert len(detector.detect(gray)) >= NUM
    return compare(
        f"{NAME} / OpenCV's {peer}",
        lambda: extract(image),
        lambda: detector.detectAndCompute(gray, None),
        ROUNDS,
        bound=bound,
        calls=5,
    )


@pytest.mark.parametrize("peer", PEERS)
def test_extraction_against_engineered_features(image, peer, hold):
    hold(beside(peer, image))


def test_extraction_against_layers_in_pytorch(image, levels, hold):
    """The peer has the levels given, and finds and describes nothing."""
    network = TorchNetwork(load_network())
    hold(
        compare(
            f"{NAME} / its layers alone in PyTorch",
            lambda: extract(image),
            lambda: [torch_forward(network, level) for level in levels],
            ROUNDS,
            bound=4,
            calls=5,
        )
    )


@pytest.mark.parametrize("place", [0, 2])
def test_layers_against_pytorch(levels, place, hold):
    network, pixels = load_network(), levels[place]
    torch_network = TorchNetwork(network)

    def forward():
        with nn.no_grad():
            return network(pixels)

    logits, maps = forward()
    torch_logits, torch_maps = torch_forward(torch_network, pixels)
    for ours, peer in zip((logits, *maps), (torch_logits, *torch_maps), strict=True):
        np.testing.assert_allclose(ours.data, peer.permute(0, 2, 3, 1), atol=2e-3)
    hold(
        compare(
            f"layers of cnn, {pixels.shape[2]} x {pixels.shape[1]} / PyTorch",
            forward,
            lambda: torch_forward(torch_network, pixels),
            ROUNDS,
            bound=2.5,
            calls=5,
        )
    )


def torch_forward(network, pixels):
    with torch.inference_mode():
        images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
        return network(images.contiguous(memory_format=torch.channels_last))


def test_extraction_takes_little_time(image, hold):
    sift = beside("SIFT", image)
    told = f"{NAME} / {SECONDS:g} s"
    hold(within_seconds(told, sift.ours, SECONDS, peer=sift.peer, quiet=SIFT_SECONDS))


def test_extraction_takes_little_memory(image, hold):
    """All that a first call needs, with the weights, and what its threads keep for the next one."""
    threads.set_num_threads(2)  # with threads that have kept nothing yet
    user = threading.Thread(target=extract, args=(image,))
    tracemalloc.start()
    user.start()
    user.join()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    megabytes = peak / 2**20
    hold(
        Comparison(
            f"{NAME}, peak memory / {MEGABYTES} MB",
            megabytes,
            MEGABYTES,
            megabytes / MEGABYTES,
            bound=1,
            unit="MB",
        )
    )
