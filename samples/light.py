"""Light for a scene: lamps with soft shadows, and the darkening where surfaces meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scene import Rectangle

TEXEL = 0.04  # meters between the places where light is worked out
CORNER_REACH = 0.7  # meters over which a neighboring surface takes ambient light away


@dataclass(frozen=True)
class Lamp:
    """A round spotlight.

    Parameters
    ----------
    position, target : (float, float, float)
        Where it hangs and where it points, in meters.
    color : (float, float, float)
        Strength in red, green and blue, one meter away on the axis.
    cone : float
        Half the opening angle, in radians; the beam fades out toward it.
    radius : float
        Size of the lamp in meters: the larger, the softer its shadows.
    """

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    color: tuple[float, float, float]
    cone: float = 0.7
    radius: float = 0.09


def sunflower(num: int) -> tuple[np.ndarray, np.ndarray]:
    """Spread `num` points evenly over the unit disc; radii and angles in radians, (num,) each."""
    order = np.arange(num) + 0.5
    return np.sqrt(order / num), order * np.pi * (3 - np.sqrt(5))


def free_path(surfaces: Sequence[Rectangle], points: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """How many times its own length each ray (N, 3) can go before it meets a surface; (N,)."""
    nearest = np.full(len(points), np.inf)
    for surface in surfaces:
        normal, offset = surface.normal, points - surface.corner
        with np.errstate(divide="ignore", invalid="ignore"):
            length = -(offset @ normal) / (rays @ normal)
            meet = offset + length[:, None] * rays
        u = meet @ surface.edge_u / (surface.edge_u @ surface.edge_u)
        v = meet @ surface.edge_v / (surface.edge_v @ surface.edge_v)
        inside = (np.abs(u - 0.5) <= 0.5) & (np.abs(v - 0.5) <= 0.5)
        hit = inside & (length > 0) & (length < nearest)
        nearest[hit] = length[hit]
    return nearest


def lamp_light(surfaces, lamp: Lamp, points: np.ndarray, normal: np.ndarray, num: int = 12):
    """Light (N,) of one lamp, in units of its color, averaged over its face for soft shadows."""
    axis = np.subtract(lamp.target, lamp.position) / np.linalg.norm(
        np.subtract(lamp.target, lamp.position)
    )
    side = np.cross(axis, [0.3, 1.0, 0.2])
    side /= np.linalg.norm(side)
    total = np.zeros(len(points))
    for radius, angle in zip(*sunflower(num), strict=True):
        spread = np.cos(angle) * side + np.sin(angle) * np.cross(axis, side)
        ray = np.asarray(lamp.position) + lamp.radius * radius * spread - points
        distance = np.linalg.norm(ray, axis=1)
        facing = np.maximum(0, ray @ normal / distance)
        off_axis = np.arccos(np.clip(-(ray @ axis) / distance, -1, 1)) / lamp.cone
        beam = np.clip(1 - off_axis**2, 0, 1) ** 1.5
        lit = (facing * beam > 0) & (free_path(surfaces, points, ray) >= 1)
        total += np.where(lit, facing * beam / distance**2, 0)
    return total / num


def openness(surfaces, points: np.ndarray, normal: np.ndarray, num: int = 24) -> np.ndarray:
    """Share (N,) of the half space over each point that no near surface closes off."""
    side = np.cross(normal, [0.31, 0.52, 0.79])
    side /= np.linalg.norm(side)
    total = np.zeros(len(points))
    for radius, angle in zip(*sunflower(num), strict=True):
        flat = np.cos(angle) * side + np.sin(angle) * np.cross(normal, side)
        ray = radius * flat + np.sqrt(1 - radius**2) * normal
        free = free_path(surfaces, points, np.broadcast_to(ray, points.shape))
        total += 1 - np.exp(-free / CORNER_REACH)
    return total / num


def light_scene(
    surfaces: Sequence[Rectangle], lamps: Sequence[Lamp], ambient: Sequence[float]
) -> list[np.ndarray]:
    """Light that falls on each surface, as one coarse (h, w, 3) float32 texture a surface."""
    maps = []
    for surface in surfaces:
        lengths = np.linalg.norm([surface.edge_u, surface.edge_v], axis=1)
        width, height = np.maximum(4, np.ceil(lengths / TEXEL)).astype(int)
        u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        points = surface.corner + u.reshape(-1, 1) * surface.edge_u
        points = points + v.reshape(-1, 1) * surface.edge_v + 1e-4 * surface.normal
        light = openness(surfaces, points, surface.normal)[:, None] * np.asarray(ambient)
        for lamp in lamps:
            one = lamp_light(surfaces, lamp, points, surface.normal)
            light = light + one[:, None] * np.asarray(lamp.color)
        light = light.reshape(height, width, 3).astype(np.float32)
        maps.append(cv2.GaussianBlur(light, (0, 0), 0.8, borderType=cv2.BORDER_REPLICATE))
    return maps
