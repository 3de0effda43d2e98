"""A scene of textured rectangles, seen by a pinhole camera.

World coordinates are meters, x to the right, y away from the viewer, z up. Pixels are (x, y) with
the center of the top-left pixel at (0, 0).

One 3x3 matrix ties a rectangle to a camera (`pixel_to_surface`): it takes a pixel to the place on
the rectangle and to the depth at once. Rendering, occlusion and the exact homography between two
views of a plane all come from it, so the pictures and their ground truth cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion.

    Parameters
    ----------
    K : (3, 3) float64 array
        Intrinsic matrix, in pixels.
    pose : (4, 4) float64 array
        Camera from world: camera axes are x right, y down, z forward.
    size : (int, int)
        Width and height of the image, in pixels.
    """

    K: np.ndarray
    pose: np.ndarray
    size: tuple[int, int]

    @property
    def center(self) -> np.ndarray:
        """(3,) float64: where the camera stands in the world."""
        return -self.pose[:3, :3].T @ self.pose[:3, 3]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of world points (N, 3) that lie in front of the camera."""
        seen = (points @ self.pose[:3, :3].T + self.pose[:3, 3]) @ self.K.T
        return seen[:, :2] / seen[:, 2:]


@dataclass(frozen=True)
class Rectangle:
    """A flat picture in space; a point is corner + u edge_u + v edge_v, with u and v in [0, 1].

    Parameters
    ----------
    corner, edge_u, edge_v : (3,) float64 array
        The texture's top-left corner, its way to the right and its way down, in meters.
    levels : tuple of (h, w, 3) float32 arrays
        Reflectance in linear light, the full texture first, then each half as large.
    """

    corner: np.ndarray
    edge_u: np.ndarray
    edge_v: np.ndarray
    levels: tuple[np.ndarray, ...]

    @property
    def normal(self) -> np.ndarray:
        """(3,) float64: unit normal, on the side from which the texture is not mirrored."""
        normal = np.cross(self.edge_v, self.edge_u)
        return normal / np.linalg.norm(normal)


def rectangle(corner, edge_u, edge_v, texture: np.ndarray) -> Rectangle:
    """Make a rectangle, with the halved textures that keep distant views free of aliasing."""
    levels = [np.asarray(texture, np.float32)]
    while min(levels[-1].shape[:2]) >= 4:
        height, width = levels[-1].shape[:2]
        half = (width // 2, height // 2)
        halved = cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(halved, np.float32))
    corner, edge_u, edge_v = (np.asarray(v, np.float64) for v in (corner, edge_u, edge_v))
    return Rectangle(corner, edge_u, edge_v, tuple(levels))


def box(corner, right, down, toward, front: np.ndarray, sides) -> list[Rectangle]:
    """Make the five faces of a box that can be seen; `corner` is the back face's top-left corner.

    `sides` are the textures of the left, right, upper and lower face.
    """
    corner, right, down, toward = (np.asarray(v, np.float64) for v in (corner, right, down, toward))
    return [
        rectangle(corner + toward, right, down, front),
        rectangle(corner, toward, down, sides[0]),
        rectangle(corner + right + toward, -toward, down, sides[1]),
        rectangle(corner, right, toward, sides[2]),
        rectangle(corner + down + toward, right, -toward, sides[3]),
    ]


def look_at(eye, target, focal: float, size: tuple[int, int], roll: float = 0.0) -> Camera:
    """Place a camera at `eye` facing `target`, turned by `roll` radians about its view axis.

    The principal point is the image's middle. A positive roll turns the camera clockwise, so that
    the world in its image turns anticlockwise.
    """
    eye, target = np.asarray(eye, np.float64), np.asarray(target, np.float64)
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = np.cos(roll), np.sin(roll)
    rotation = np.stack([c * right + s * down, c * down - s * right, forward])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, -rotation @ eye
    middle = (size[0] - 1) / 2, (size[1] - 1) / 2
    K = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]], np.float64)
    return Camera(K, pose, size)


def pixel_to_surface(surface: Rectangle, camera: Camera) -> np.ndarray:
    """Return the (3, 3) matrix that takes a pixel (x, y, 1) to (u, v, 1) / depth on a rectangle."""
    basis = np.stack([surface.edge_u, surface.edge_v, surface.corner - camera.center], axis=1)
    ray = camera.pose[:3, :3].T @ np.linalg.inv(camera.K)
    return np.linalg.inv(basis) @ ray


def plane_homography(surface: Rectangle, camera0: Camera, camera1: Camera) -> np.ndarray:
    """Return the (3, 3) homography of a plane from image 0 to image 1, with a last entry of 1."""
    H = np.linalg.inv(pixel_to_surface(surface, camera1)) @ pixel_to_surface(surface, camera0)
    return H / H[2, 2]


def fundamental(camera0: Camera, camera1: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Return F (3, 3) of unit norm with x1^T F x0 = 0, and T (4, 4), camera 1 from camera 0."""
    T = camera1.pose @ np.linalg.inv(camera0.pose)
    x, y, z = T[:3, 3]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    F = np.linalg.inv(camera1.K).T @ cross @ T[:3, :3] @ np.linalg.inv(camera0.K)
    return F / np.linalg.norm(F), T


def cast(surfaces: Sequence[Rectangle], camera: Camera, x: np.ndarray, y: np.ndarray):
    """Find what each pixel sees first.

    Returns
    -------
    index : (N,) int64 array
        Number of the rectangle, -1 where there is none.
    u, v, depth : (N,) float64 arrays
        Place on the rectangle, and depth along the view axis in meters.
    """
    index = np.full(x.shape, -1)
    u, v, nearness = np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape)
    for number, surface in enumerate(surfaces):
        G = pixel_to_surface(surface, camera)
        uw, vw, w = (row[0] * x + row[1] * y + row[2] for row in G)
        hit = (w > nearness) & (uw >= 0) & (uw <= w) & (vw >= 0) & (vw <= w)
        index[hit], nearness[hit] = number, w[hit]
        u[hit], v[hit] = uw[hit] / w[hit], vw[hit] / w[hit]
    return index, u, v, 1 / np.where(index < 0, np.nan, nearness)


def correspondences(
    surfaces: Sequence[Rectangle],
    camera0: Camera,
    camera1: Camera,
    num_points: int,
    rng: np.random.Generator,
    margin: float = 8.0,
) -> np.ndarray:
    """Exact correspondences (N, 4) as x0, y0, x1, y1 of surface points that both cameras see.

    Pixels of image 0 are drawn evenly, `margin` pixels inside the image; a point counts when it
    also lies inside image 1 and the ray that camera 1 sends there meets the same surface.
    """
    low, high = margin, np.array(camera0.size) - 1 - margin
    x0 = rng.uniform(low, high, (4 * num_points, 2)).round(4)
    index0, u, v, _ = cast(surfaces, camera0, *x0.T)
    corners = np.stack([s.corner for s in surfaces])[index0]
    edges_u = np.stack([s.edge_u for s in surfaces])[index0]
    edges_v = np.stack([s.edge_v for s in surfaces])[index0]
    x1 = camera1.project(corners + u[:, None] * edges_u + v[:, None] * edges_v)
    inside = np.all((x1 >= low) & (x1 <= np.array(camera1.size) - 1 - margin), axis=1)
    index1, u1, v1, _ = cast(surfaces, camera1, *x1.T)
    same = (index0 >= 0) & (index0 == index1) & np.isclose(u, u1) & np.isclose(v, v1)
    return np.hstack([x0, x1])[inside & same][:num_points]
