"""Make the pair that comes with the package: `python samples/make_compared_pair.py [FOLDER]`.

The two `poster` photographs are made smaller, and their homography with them. Files are the same on
every run; without FOLDER they replace those in `featmatch/compare/sample`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).parent
WIDTH = 640
QUALITY = 86


def smaller(name: str, folder: Path) -> float:
    """Write a smaller copy of a photograph; return its size relative to the original."""
    pixels = cv2.imread(str(SAMPLES / name))
    height, width = pixels.shape[:2]
    scale = WIDTH / width
    copy = cv2.resize(pixels, (WIDTH, round(scale * height)), interpolation=cv2.INTER_AREA)
    options = (cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1)
    (folder / name).write_bytes(cv2.imencode(".jpg", copy, options)[1].tobytes())
    return scale


def main() -> None:
    """Make both photographs and the homography from the first to the second."""
    folder = SAMPLES.parent / "featmatch" / "compare" / "sample"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else folder
    folder.mkdir(parents=True, exist_ok=True)
    pairs = json.loads((SAMPLES / "pairs.json").read_text(encoding="utf-8"))["pairs"]
    (pair,) = (pair for pair in pairs if pair["name"] == "poster")
    scale0, scale1 = (smaller(pair[key], folder) for key in ("image0", "image1"))
    # Pixels are squares around their centers: x becomes (x + 0.5) * scale - 0.5.
    resize0, resize1 = (
        np.array([(scale, 0, (scale - 1) / 2), (0, scale, (scale - 1) / 2), (0, 0, 1)])
        for scale in (scale0, scale1)
    )
    homography = resize1 @ np.array(pair["homography"]) @ np.linalg.inv(resize0)
    homography /= homography[2, 2]
    rows = [" ".join(f"{value:.12g}" for value in row) for row in homography]
    (folder / "homography.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
