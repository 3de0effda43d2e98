"""A network and a training of a fraction of a second, with all that there is in a large one."""

from __future__ import annotations

import cv2
import numpy as np

from featmatch.learned.network.network import NetworkOptions
from featmatch.learned.training.losses import LossOptions
from featmatch.learned.training.pairs import PairOptions, TrainingPair
from featmatch.learned.training.relation import OnePlane
from featmatch.learned.training.train import TrainingOptions

NETWORK = NetworkOptions(channels=(4, 4, 4, 4), head_channels=4, descriptor_size=8, num_turns=4)
TRAINING = TrainingOptions(
    num_steps=4,
    steps_per_epoch=2,
    batch_size=4,
    network=NETWORK,
    pairs=PairOptions(size=48),
    loss=LossOptions(num_points=64, num_peaks=20),
)


def texture(height, width, seed=0, blur=1.5):
    """Random gray (H, W) float32 in [0, 1], the same in no two places."""
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return np.clip(0.5 + smooth / (6 * smooth.std()), 0, 1)


def photographs(count=3, side=96):
    return [
        np.repeat(np.rint(255 * texture(side, side + 8, seed)).astype(np.uint8)[..., None], 3, 2)
        for seed in range(count)
    ]


def shifted_pair(size=96, x=0, y=0, turn=0, seed=0):
    """Two windows of one texture, (x, y) pixels apart."""
    whole = texture(size + y, size + x, seed)
    homography = np.array([(1.0, 0, -x), (0, 1, -y), (0, 0, 1)])
    return TrainingPair(whole[:size, :size], whole[y:, x:], OnePlane(homography), turn)


def blank_pair(size=48):
    blank = np.full((size, size), 0.5, np.float32)
    return TrainingPair(blank, blank, OnePlane(np.eye(3)), 0)
