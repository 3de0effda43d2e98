"""Drawn screenshots: icons, and buttons that differ in their label alone."""

import cv2
import numpy as np

SIZE = 1920, 1080
BUTTON = 140, 30
ICON = 48


def screen(seed, labels):
    """A screen of 1920 x 1080 with a button for each label, icons and lines of text.

    Returns it with the corner of each button, by its label, and those of the icons.
    """
    random = np.random.default_rng(seed)
    pixels = np.full((SIZE[1], SIZE[0], 3), 245, np.uint8)
    icons = [(60 + 200 * column, 40) for column in range(8)]
    for x, y in icons:
        pixels[y : y + ICON, x : x + ICON] = icon(random)
    buttons = {}
    for number, label in enumerate(labels):
        x, y = 60 + 180 * (number % 8), 160 + 90 * (number // 8)
        draw_button(pixels, x, y, label)
        buttons[label] = x, y
    for line in range(12):
        text = "".join(random.choice(list("aeilmnorstu   ")) for _ in range(90))
        cv2.putText(
            pixels, text, (60, 620 + 36 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30,) * 3, 1
        )
    return pixels, buttons, icons


def icon(random):
    """Circles and triangles in several colors."""
    drawn = np.full((4 * ICON, 4 * ICON, 3), random.integers(0, 256, 3), np.uint8)
    for _ in range(6):
        color = [int(value) for value in random.integers(0, 256, 3)]
        corners = random.integers(0, 4 * ICON, (3, 2)).astype(np.int32)
        cv2.fillPoly(drawn, [corners], color)
        center = [int(value) for value in random.integers(0, 4 * ICON, 2)]
        cv2.circle(drawn, center, int(random.integers(15, 50)), color[::-1], -1)
    return cv2.resize(drawn, (ICON, ICON), interpolation=cv2.INTER_AREA)


def draw_button(pixels, x, y, label):
    """Draw a button of 140 x 30 pixels with its upper left corner at (x, y)."""
    width, height = BUTTON
    cv2.rectangle(pixels, (x, y), (x + width - 1, y + height - 1), (215,) * 3, -1)
    cv2.rectangle(pixels, (x, y), (x + width - 1, y + height - 1), (110,) * 3, 1)
    place = x + 30, y + 21
    cv2.putText(pixels, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (20,) * 3, 1, cv2.LINE_AA)
