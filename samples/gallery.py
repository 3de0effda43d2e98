"""The rooms of the gallery: what stands and hangs where, and how it is lit."""

from __future__ import annotations

from dataclasses import dataclass

import materials as paint
import numpy as np
from light import Lamp
from scene import Rectangle, box, rectangle

WIDTH, DEPTH, HEIGHT = 6.0, 6.0, 3.4  # meters; the left and back walls meet in (0, 0)
RIGHT, AWAY, UP = np.eye(3)
BLACK, OAK, WALNUT, WHITE = (0.02,) * 3, (0.42, 0.27, 0.14), (0.12, 0.06, 0.03), (0.75, 0.74, 0.71)
WARM, NEUTRAL = np.array([1.0, 0.80, 0.58]), np.array([1.0, 0.96, 0.90])


@dataclass(frozen=True)
class Room:
    """Surfaces, and the lamps and ambient light they are seen under."""

    surfaces: tuple[Rectangle, ...]
    lamps: tuple[Lamp, ...]
    ambient: tuple[float, float, float]


def shell(back: np.ndarray, left: np.ndarray, floor: np.ndarray) -> list[Rectangle]:
    """Walls, floor and ceiling of a closed room; the walls never seen are plain."""
    plain = paint.plain((0.6, 0.6, 0.58))
    right, away, up = WIDTH * RIGHT, DEPTH * AWAY, HEIGHT * UP
    return [
        rectangle(up, right, -up, back),
        rectangle(up - away, away, -up, left),
        rectangle(0 * up, right, -away, floor),
        rectangle(up + right, -away, -up, plain),
        rectangle(up + right - away, -right, -up, plain),
        rectangle(up - away, right, away, plain),
    ]


def hang(picture, center, right=RIGHT, frame=BLACK, thickness: float = 0.035) -> list[Rectangle]:
    """Hang a framed picture, the (texture, size) of `paint.framed`, flat against a wall."""
    texture, (width, height) = picture
    toward = np.cross(right, UP)
    corner = np.asarray(center) - width / 2 * right + height / 2 * UP
    side = paint.plain(np.multiply(frame, 0.8))
    return box(corner, width * right, -height * UP, thickness * toward, texture, [side] * 4)


def stand(place, turn: float, size, height: float, front, sides, base: float = 0.0):
    """Stand a box of `size` (width, depth) on the floor at (x, y), turned by `turn` radians."""
    right = np.array([np.cos(turn), np.sin(turn), 0])
    toward = np.cross(right, UP)
    corner = np.array([*place, base + height]) - size[0] / 2 * right - size[1] / 2 * toward
    return box(corner, size[0] * right, -height * UP, size[1] * toward, front, sides)


def spot(x: float, y: float, target, strength: float, color=NEUTRAL, cone: float = 0.75) -> Lamp:
    """Hang a spotlight on a track below the ceiling."""
    return Lamp((x, y, HEIGHT - 0.3), target, tuple(strength * color), cone)


def studio(rng: np.random.Generator) -> Room:
    """Build a green wall beside old brick, a floor of oak boards, a cube of stars on a plinth."""
    surfaces = shell(
        back=paint.plaster(rng, WIDTH, HEIGHT, (0.10, 0.17, 0.15)),
        left=paint.brick_wall(rng, DEPTH, HEIGHT, (0.34, 0.19, 0.13), 0.9),
        floor=paint.planks(rng, WIDTH, DEPTH, (0.34, 0.20, 0.10)),
    )
    surfaces += hang(paint.framed("astronaut", 0.95, 0.07, 0.03, BLACK), (1.25, 0, 1.65))
    surfaces += hang(paint.framed("coffee", 0.85, 0.06, 0.03, OAK), (2.55, 0, 2.05), frame=OAK)
    surfaces += hang(paint.framed("chelsea", 0.85, 0.06, 0.03, OAK), (2.55, 0, 1.2), frame=OAK)
    surfaces += hang(paint.framed("camera", 0.75, 0.10, 0.03, BLACK), (3.75, 0, 1.6))
    surfaces += hang(paint.framed("rocket", 1.2, 0.08, 0.03, WHITE), (0, -1.25, 1.65), AWAY, WHITE)
    terrazzo = paint.stone(rng, "gravel", 0.4, 0.75, (0.50, 0.48, 0.45), 0.45, 0.5)
    stars = paint.framed("hubble_deep_field", 0.64, 0, 0, BLACK, 1400)[0]
    stars = [part for half in np.array_split(stars, 2) for part in np.array_split(half, 2, axis=1)]
    surfaces += stand((1.45, -1.5), 0.75, (0.40, 0.40), 0.75, terrazzo, [terrazzo] * 4)
    sides = [*stars[1:], paint.plain(BLACK)]
    surfaces += stand((1.45, -1.5), 0.55, (0.32, 0.32), 0.30, stars[0], sides, base=0.75)
    lamps = (
        spot(1.4, -1.8, (1.25, 0, 1.5), 11.0),
        spot(2.6, -1.8, (2.55, 0, 1.5), 11.0),
        spot(3.8, -1.8, (3.75, 0, 1.5), 10.0),
        spot(1.7, -1.5, (0, -1.3, 1.4), 11.0, WARM),
        spot(2.8, -2.6, (1.45, -1.5, 0.7), 16.0, WARM, 0.5),
    )
    return Room(tuple(surfaces), lamps, (0.20, 0.22, 0.25))


def loft(rng: np.random.Generator) -> Room:
    """Build whitewashed brick beside blue plaster, a stone floor, a rug, a bench and a cube."""
    surfaces = shell(
        back=paint.brick_wall(rng, WIDTH, HEIGHT, (0.55, 0.53, 0.50), 0.35),
        left=paint.plaster(rng, DEPTH, HEIGHT, (0.06, 0.10, 0.19)),
        floor=paint.stone(rng, "gravel", WIDTH, DEPTH, (0.30, 0.29, 0.28), 0.7, 0.5),
    )
    surfaces += hang(paint.framed("hubble_deep_field", 1.1, 0.0, 0.04, BLACK), (1.3, 0, 1.7))
    surfaces += hang(paint.framed("camera", 0.8, 0.08, 0.03, BLACK), (2.65, 0, 1.7))
    surfaces += hang(paint.framed("retina", 0.75, 0.08, 0.03, WALNUT), (3.9, 0, 1.7), frame=WALNUT)
    surfaces += hang(paint.framed("coffee", 1.1, 0.08, 0.03, OAK), (0, -1.0, 1.65), AWAY, OAK)
    rug = paint.stone(rng, "grass", 2.2, 1.4, (0.20, 0.09, 0.06), 1.1, 0.8)
    wood = paint.planks(rng, 1.3, 0.45, (0.22, 0.11, 0.05), 0.09)
    surfaces += stand((2.4, -1.5), 0.0, (2.2, 1.4), 0.012, rug, [rug] * 4)
    surfaces += stand((2.2, -1.3), 0.12, (1.3, 0.42), 0.42, wood, [wood] * 4)
    prints = [paint.framed(name, 0.4, 0, 0.01, WHITE, 1000)[0] for name in ("chelsea", "rocket")]
    white = paint.plain(WHITE)
    sides = [prints[1], white, white, white]
    surfaces += stand((2.45, -1.3), 0.4, (0.42, 0.42), 0.28, prints[0], sides, base=0.42)
    lamps = (
        spot(1.3, -1.8, (1.3, 0, 1.5), 10.0),
        spot(2.6, -1.8, (2.65, 0, 1.5), 10.0),
        spot(3.9, -1.8, (3.9, 0, 1.5), 10.0),
        spot(1.8, -1.3, (0, -1.2, 1.5), 11.0),
        spot(3.0, -2.8, (2.3, -1.3, 0.3), 13.0, NEUTRAL, 0.6),
    )
    return Room(tuple(surfaces), lamps, (0.22, 0.24, 0.28))


def evening(room: Room) -> Room:
    """Turn most lamps off: two warm ones from the right, little daylight."""
    lamps = (
        spot(4.4, -2.6, (1.6, 0, 1.2), 24.0, WARM, 0.9),
        spot(3.4, -0.9, (3.2, 0, 1.4), 4.0, WARM, 0.9),
    )
    return Room(room.surfaces, lamps, (0.16, 0.15, 0.16))


def ochre_room(rng: np.random.Generator) -> Room:
    """Build one half of the unrelated pair: ochre plaster above a floor of stone."""
    surfaces = shell(
        back=paint.plaster(rng, WIDTH, HEIGHT, (0.42, 0.25, 0.09)),
        left=paint.plaster(rng, DEPTH, HEIGHT, (0.50, 0.46, 0.40)),
        floor=paint.stone(rng, "gravel", WIDTH, DEPTH, (0.22, 0.20, 0.18), 0.8, 0.6),
    )
    surfaces += hang(paint.framed("rocket", 1.25, 0, 0.05, BLACK), (1.3, 0, 1.75))
    surfaces += hang(paint.framed("chelsea", 1.1, 0, 0.05, WHITE), (2.95, 0, 1.65), frame=WHITE)
    surfaces += hang(paint.framed("retina", 0.8, 0, 0.05, WALNUT), (0, -0.95, 1.6), AWAY, WALNUT)
    lamps = (
        spot(1.3, -1.7, (1.3, 0, 1.5), 10.0),
        spot(2.9, -1.7, (2.95, 0, 1.5), 10.0),
        spot(1.8, -1.3, (0, -1.2, 1.5), 9.0, WARM),
    )
    return Room(tuple(surfaces), lamps, (0.25, 0.25, 0.25))


def brick_room(rng: np.random.Generator) -> Room:
    """Build the other half of the unrelated pair: dark brick above boards."""
    surfaces = shell(
        back=paint.brick_wall(rng, WIDTH, HEIGHT, (0.20, 0.17, 0.16), 1.0),
        left=paint.brick_wall(rng, DEPTH, HEIGHT, (0.20, 0.17, 0.16), 1.0),
        floor=paint.planks(rng, WIDTH, DEPTH, (0.16, 0.09, 0.05)),
    )
    surfaces += hang(paint.framed("astronaut", 0.95, 0.09, 0.025, OAK), (2.9, 0, 1.65), frame=OAK)
    surfaces += hang(paint.framed("camera", 0.7, 0.09, 0.025, OAK), (1.6, 0, 1.6), frame=OAK)
    surfaces += hang(paint.framed("coffee", 0.9, 0.09, 0.025, OAK), (4.25, 0, 1.6), frame=OAK)
    lamps = (
        spot(1.6, -1.8, (1.6, 0, 1.4), 11.0, WARM),
        spot(2.9, -1.8, (2.9, 0, 1.4), 11.0, WARM),
        spot(4.2, -1.8, (4.25, 0, 1.4), 11.0, WARM),
    )
    return Room(tuple(surfaces), lamps, (0.20, 0.20, 0.22))


def poster_wall(rng: np.random.Generator) -> Room:
    """Build one plane and nothing else: posters pasted flat on brick, around (0, 0, 0)."""
    left, width, height = -7.0, 11.0, 6.0
    wall = paint.brick_wall(rng, width, height, (0.36, 0.22, 0.16), 0.9)
    posters = (
        ("astronaut", 1.00, 0.00, 0.00),
        ("camera", 0.62, -1.02, 0.22),
        ("coffee", 0.72, 1.05, 0.28),
        ("chelsea", 0.72, 1.05, -0.36),
        ("retina", 0.55, -0.98, -0.50),
        ("rocket", 0.90, -2.2, 0.1),
    )
    for name, across, x, z in posters:
        poster, _ = paint.framed(name, across, 0.035, 0, WHITE, paint.TEXELS)
        column = round((x - left) * paint.TEXELS - poster.shape[1] / 2)
        row = round((height / 2 - z) * paint.TEXELS - poster.shape[0] / 2)
        wall[row : row + poster.shape[0], column : column + poster.shape[1]] = poster
    corner = np.array([left, 0, height / 2])
    surface = rectangle(corner, width * RIGHT, -height * UP, wall)
    lamps = (
        Lamp((-1.5, -2.0, 2.6), (-0.9, 0, 0), (16.0, 14.0, 11.5), 1.0),
        Lamp((1.5, -2.0, 2.6), (1.1, 0, -0.1), (16.0, 14.0, 11.5), 1.0),
    )
    return Room((surface,), lamps, (0.35, 0.37, 0.40))
