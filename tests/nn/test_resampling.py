import cv2
import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from featmatch.nn.autograd import grad
from featmatch.nn.resampling import sample_points, upsample
from featmatch.nn.tensor import Tensor

SHAPES = st.tuples(*[st.integers(0, 2)], *[st.integers(1, 6)] * 2, st.integers(1, 3))


def uniform(shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def points_around(shape, num_points, seed=0):
    """Points in maps of this shape and up to two pixels outside."""
    low, high = np.full(2, -2.5), np.array([shape[2], shape[1]]) + 1.5
    return np.random.default_rng(seed).uniform(low, high, (shape[0], num_points, 2))


class TestUpsample:
    def test_two_pixels(self):
        x = np.array([0.0, 1]).reshape(1, 1, 2, 1)
        assert upsample(x, 2).data[0, 0, :, 0].tolist() == [0, 0.25, 0.75, 1]
        assert upsample(x, 2).data[0, 1, :, 0].tolist() == [0, 0.25, 0.75, 1]
        np.testing.assert_allclose(
            upsample(x, 3).data[0, 2, :, 0], [0, 0, 1 / 3, 2 / 3, 1, 1], atol=1e-15
        )

    @settings(max_examples=40)
    @given(SHAPES.filter(lambda shape: shape[0]), st.integers(1, 6))
    def test_opencv_agrees(self, shape, factor):
        x = uniform(shape).astype(np.float32)
        height, width = shape[1] * factor, shape[2] * factor
        for image, y in zip(x, upsample(x, factor).data, strict=True):
            expected = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
            np.testing.assert_allclose(y, expected.reshape(y.shape), atol=1e-6)

    @settings(max_examples=20)
    @given(SHAPES, st.integers(1, 5))
    def test_gradients(self, shape, factor):
        check_gradients(lambda x: upsample(x, factor), uniform(shape))

    @pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 8])
    def test_a_plane_stays_a_plane_but_at_the_border(self, factor):
        rows, columns = np.mgrid[:5, :7]
        y = upsample((2.0 * columns - 3 * rows)[None, :, :, None], factor).data[0, :, :, 0]
        i, j = ((np.arange(n * factor) + 0.5) / factor - 0.5 for n in (5, 7))
        expected = 2 * j.clip(0, 6) - 3 * i.clip(0, 4)[:, None]
        np.testing.assert_allclose(y, expected, atol=1e-12)

    def test_every_pixel_has_the_same_weight_in_all(self):
        x = Tensor(uniform((1, 5, 4, 2)), True)
        (dx,) = grad(upsample(x, 4), [x], np.ones((1, 20, 16, 2)))
        np.testing.assert_allclose(dx, 16, rtol=1e-14)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_edges(self, dtype):
        x = Tensor(np.full((1, 1, 1, 2), 7, dtype), True)
        y = upsample(x, 3)
        (dx,) = grad(y, [x], np.ones(y.shape))
        assert (y.dtype, dx.dtype, y.shape) == (dtype, dtype, (1, 3, 3, 2))
        assert set(y.data.ravel()) == {7}
        assert set(dx.ravel()) == {9}
        for shape in [(0, 2, 2, 2), (1, 0, 2, 2), (1, 2, 2, 0)]:
            x = Tensor(np.zeros(shape, dtype), True)
            y = upsample(x, 2)
            assert y.shape == (shape[0], 2 * shape[1], 2 * shape[2], shape[3])
            assert grad(y, [x], np.zeros(y.shape))[0].shape == shape

    def test_what_is_recorded(self):
        x = Tensor(uniform((1, 2, 2, 1)), True)
        node = upsample(x, 2).node
        assert (node.op, node.inputs, node.attributes) == ("upsample", (x,), {"scale_factor": 2})

    @pytest.mark.parametrize("factor", [0, -1, 1.5, 2.0, True, (2, 2), None])
    def test_factor_has_to_be_a_positive_integer(self, factor):
        with pytest.raises(ValueError, match="scale_factor: expected an integer of at least 1, go"):
            upsample(np.zeros((1, 2, 2, 1)), factor)

    def test_rank(self):
        with pytest.raises(ValueError, match=r"input: expected 4 axes \(N, H, W, C\), got shape"):
            upsample(np.zeros((2, 2, 1)), 2)


class TestSamplePoints:
    def test_pixel_centers_are_at_integers(self):
        x = uniform((2, 4, 5, 3))
        columns, rows = np.meshgrid(np.arange(5), np.arange(4))
        grid = np.stack([columns.ravel(), rows.ravel()], 1)
        y = sample_points(x, np.stack([grid, grid])).data
        np.testing.assert_array_equal(y, x.reshape(2, 20, 3))

    def test_between_four_pixels(self):
        x = np.array([[0.0, 10], [20, 40]]).reshape(1, 2, 2, 1)
        y = sample_points(x, [[(0.5, 0.5), (0.25, 0), (1, 0.5), (-7, 0.5), (9, 9)]])
        assert y.data[0, :, 0].tolist() == [17.5, 2.5, 25, 10, 40]

    @settings(max_examples=40)
    @given(SHAPES, st.integers(0, 9), st.integers(0, 99))
    def test_scipy_agrees(self, shape, num_points, seed):
        x, points = uniform(shape), points_around(shape, num_points, seed)
        y = sample_points(x, points).data
        assert y.shape == (shape[0], num_points, shape[3])
        for n, channel in np.ndindex(shape[0], shape[3]):
            at = points[n, :, ::-1].T
            expected = ndimage.map_coordinates(x[n, :, :, channel], at, order=1, mode="nearest")
            np.testing.assert_allclose(y[n, :, channel], expected, atol=1e-13)

    @settings(max_examples=20)
    @given(SHAPES, st.integers(0, 9), st.integers(0, 99))
    def test_gradients(self, shape, num_points, seed):
        points = points_around(shape, num_points, seed)
        check_gradients(lambda x: sample_points(x, points), uniform(shape))

    @pytest.mark.parametrize("factor", [2, 3])
    def test_samples_at_the_centers_of_smaller_pixels_are_the_upsampled_map(self, factor):
        x = uniform((1, 3, 4, 2))
        j, i = ((np.arange(n * factor) + 0.5) / factor - 0.5 for n in (4, 3))
        points = np.stack([axis.ravel() for axis in np.meshgrid(j, i)], 1)
        y = upsample(x, factor).data
        np.testing.assert_allclose(sample_points(x, points[None]).data, y.reshape(1, -1, 2))

    def test_many_points_in_one_pixel(self):
        x = Tensor(uniform((1, 3, 3, 2)).astype(np.float32), True)
        dy = np.ones((1, 10_000, 2), np.float32)
        (dx,) = grad(sample_points(x, np.full((1, 10_000, 2), 0.5)), [x], dy)
        expected = np.zeros((1, 3, 3, 2))
        expected[0, :2, :2] = 2500
        np.testing.assert_array_equal(dx, expected)

    def test_gradient_is_the_same_every_time(self):
        x = Tensor(uniform((2, 8, 8, 4)).astype(np.float32), True)
        y = sample_points(x, points_around(x.shape, 500))
        first, second = (grad(y, [x], y.data)[0] for _ in range(2))
        np.testing.assert_array_equal(first, second)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_type_is_that_of_the_input(self, dtype):
        x = Tensor(uniform((1, 4, 4, 2)).astype(dtype), True)
        for points in ([[(1, 2)]], np.ones((1, 1, 2), np.float32), np.ones((1, 1, 2))):
            y = sample_points(x, points)
            assert y.dtype == dtype
            assert grad(y, [x], y.data)[0].dtype == dtype

    def test_edges(self):
        pixel = np.full((1, 1, 1, 1), 7.0)
        assert sample_points(pixel, [[(0, 0), (3, -2)]]).data.ravel().tolist() == [7, 7]
        row = np.arange(3.0).reshape(1, 1, 3, 1)
        assert sample_points(row, [[(1.5, 0.5)]]).item() == 1.5
        assert sample_points(row.swapaxes(1, 2), [[(0.5, 1.5)]]).item() == 1.5
        assert sample_points(row, np.zeros((1, 0, 2))).shape == (1, 0, 1)
        assert sample_points(np.zeros((1, 2, 2, 0)), np.zeros((1, 5, 2))).shape == (1, 5, 0)
        assert sample_points(np.zeros((0, 2, 2, 3)), np.zeros((0, 5, 2))).shape == (0, 5, 3)

    def test_what_is_recorded(self):
        x = Tensor(uniform((1, 4, 4, 2)), True)
        points = points_around(x.shape, 3)
        node = sample_points(x, points).node
        assert (node.op, node.inputs) == ("sample_points", (x,))
        np.testing.assert_array_equal(node.attributes["points"], points)

    @pytest.mark.parametrize(
        ("shape", "points", "message"),
        [
            ((4, 4, 2), np.zeros((1, 1, 2)), r"input: expected 4 axes \(N, H, W, C\), got shape"),
            ((2, 4, 4, 2), np.zeros((5, 2)), r"points: expected shape \(2, M, 2\), got \(5, 2\)"),
            ((2, 4, 4, 2), np.zeros((1, 5, 2)), r"points: expected shape \(2, M, 2\), got \(1, 5,"),
            ((2, 4, 4, 2), np.zeros((2, 5, 3)), r"points: expected shape \(2, M, 2\), got \(2, 5,"),
            (
                (1, 4, 4, 2),
                [[(1, np.nan)]],
                r"points: expected finite numbers, got nan at index \(",
            ),
            ((1, 0, 4, 2), [[(1, 1)]], r"input: expected at least one pixel, got shape \(1, 0, 4"),
        ],
    )
    def test_errors(self, shape, points, message):
        with pytest.raises(ValueError, match=message):
            sample_points(np.zeros(shape), points)
