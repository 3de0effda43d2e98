from __future__ import annotations

import numpy as np
import pytest
from example_networks import FeaturesS, conv, lenet, mobilenet, vgg16

from featmatch.nn.inspection.summary import summarize
from featmatch.nn.layers import Conv2d, ConvTranspose2d, Linear
from featmatch.nn.module import Module, Sequential
from featmatch.nn.resizing_layers import Upsample


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_table_is_aligned_and_ends_with_totals(rng):
    network = Sequential(conv(rng, 1, 8, 3, stride=(2, 1)), Upsample(2), conv(rng, 8, 4, 1))
    assert str(summarize(network, (1, 4, 8, 1))).splitlines() == [
        "name        op        output          parameters  multiply-adds  receptive field   stride",
        89 * "-",
        "input       input     1 x 4 x 8 x 1                                            1        1",
        "layers.0    conv2d    1 x 2 x 8 x 8           72          1,152                3    2 x 1",
        "upsample_1  upsample  1 x 4 x 16 x 8                                       5 x 4  1 x 0.5",
        "layers.2    conv2d    1 x 4 x 16 x 4          32          2,048            5 x 4  1 x 0.5",
        "",
        "parameters:    104 (416 bytes)",
        "multiply-adds: 3,200",
    ]


def test_rows_hold_what_the_table_shows(rng):
    summary = summarize(lenet(rng), (2, 28, 28, 1))
    row = summary.rows[4]
    assert (row.name, row.op, row.output_shape) == ("layers.3", "conv2d", (2, 10, 10, 16))
    assert (row.num_parameters, row.num_multiply_adds) == (2416, 2 * 100 * 16 * 150)
    assert (row.receptive_field.size, row.receptive_field.stride) == ((14, 14), (2, 2))
    assert summary.num_parameters == sum(row.num_parameters for row in summary.rows) == 6582
    assert summary.num_multiply_adds == 2 * (784 * 150 + 240_000 + 4000)


@pytest.mark.parametrize(
    ("layer", "shape", "multiply_adds"),
    [
        (lambda rng: Conv2d(6, 8, (3, 5), padding=(1, 2), rng=rng), (1, 10, 12, 6), 120 * 8 * 90),
        (lambda rng: Conv2d(6, 8, 3, rng=rng, groups=2), (1, 10, 12, 6), 8 * 10 * 8 * 9 * 3),
        (lambda rng: Conv2d(6, 6, 3, rng=rng, groups=6), (1, 10, 12, 6), 8 * 10 * 6 * 9),
        (lambda rng: Conv2d(6, 8, 3, rng=rng, dilation=2), (1, 10, 12, 6), 6 * 8 * 8 * 54),
        (lambda rng: ConvTranspose2d(6, 8, 2, 2, rng=rng), (1, 10, 12, 6), 120 * 6 * 4 * 8),
        (lambda rng: ConvTranspose2d(6, 8, 4, 2, groups=2, rng=rng), (1, 5, 7, 6), 35 * 6 * 16 * 4),
        (lambda rng: Linear(6, 8, rng=rng), (3, 4, 6), 12 * 6 * 8),
        (lambda rng: Upsample(2), (1, 10, 12, 6), 0),
    ],
)
def test_multiply_adds_by_hand(rng, layer, shape, multiply_adds):
    assert summarize(layer(rng), shape).num_multiply_adds == multiply_adds
    batch = (4 * shape[0], *shape[1:])
    assert summarize(layer(rng), batch).num_multiply_adds == 4 * multiply_adds


def test_mobilenet_costs_what_its_paper_says(rng):
    summary = summarize(mobilenet(rng), (1, 224, 224, 3))
    assert round(summary.num_multiply_adds / 1e6) == 569  # Howard et al., table 4
    assert round(summary.num_parameters / 1e6, 1) == 4.2
    assert summary.num_parameters == 4_231_976


def test_vgg16_costs_what_is_published(rng):
    """Li et al., *Pruning filters for efficient convnets*, ICLR 2017, table 1: 32 x 32 pixels."""
    summary = summarize(vgg16(rng), (1, 32, 32, 3))
    assert summary.num_multiply_adds == pytest.approx(3.13e8, rel=0.002)
    assert summary.num_parameters == 14_714_688
    assert summary.parameter_bytes == 4 * 14_714_688


KERNELS = {  # of FeaturesS: parameters, multiply-adds a pixel of the image, receptive field, stride
    "a.layers.0": (576, 144, 6, 2),
    "a.layers.3": (2304, 576, 10, 2),
    "b.layers.0": (4608, 288, 20, 4),
    "b.layers.3": (9216, 576, 28, 4),
    "c.layers.0": (18432, 288, 48, 8),
    "c.layers.3": (36864, 576, 64, 8),
    "d.layers.0": (36864, 144, 104, 16),
    "d.layers.3": (36864, 144, 136, 16),
}


def test_a_pyramid_costs_what_was_planned(rng):
    network = FeaturesS(rng, points=rng.uniform(40, 60, (1, 10, 2)))
    summary = summarize(network, (1, 240, 320, 1))
    rows = {row.name: row for row in summary.rows}
    for name, (parameters, multiply_adds, size, stride) in KERNELS.items():
        row = rows[name]
        assert row.num_parameters == parameters
        assert row.num_multiply_adds == multiply_adds * 240 * 320
        assert row.receptive_field.size == (size, size)
        assert row.receptive_field.stride == (stride, stride)
    head = [rows[name].num_multiply_adds for name in ("ka", "kb", "kc", "k1", "k2")]
    assert sum(head) == 692 * 240 * 320
    assert rows["upsample_2"].receptive_field.rows.sizes == (72, 80)
    assert rows["sample_points_4"].receptive_field.size == (152, 152)
    assert summary.num_multiply_adds == 3428 * 240 * 320 + 10 * (16 + 32 + 64 + 64) * 64


class Partly(Module):
    def __init__(self, rng):
        self.used, self.unused = conv(rng, 1, 2), conv(rng, 1, 3)

    def forward(self, x):
        return self.used(x)


def test_unused_parameters_are_told(rng):
    summary = summarize(Partly(rng), (1, 4, 4, 1))
    assert summary.num_parameters == 45
    assert "parameters:    45 (180 bytes), 27 of them not used" in str(summary)


def test_bytes_follow_the_type(rng):
    assert summarize(Partly(rng).astype(np.float64), (1, 4, 4, 1)).parameter_bytes == 360


def test_a_layer_held_twice_counts_once(rng):
    layer = conv(rng, 2, 2)
    assert summarize(Sequential(layer, layer), (1, 4, 4, 2)).num_parameters == 36


def test_a_network_without_images_has_no_receptive_fields(rng):
    summary = summarize(Linear(3, 2, rng=rng), (5, 3))
    assert [row.receptive_field for row in summary.rows] == [None, None, None]
    assert str(summary).splitlines()[3] == "matmul_1  matmul  5 x 2            6             30"
