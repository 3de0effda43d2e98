"""Type the commands of docs/gallery.md and README.md, and keep what they draw as small pictures.

``pip install -e '.[samples]'``, then ``python docs/site/make_gallery.py``; the page of the lesson
needs a browser (chromium) besides.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
from gallery_photographs import REPOSITORY, write_photographs

PAGE = REPOSITORY / "docs/gallery.md"
MAX_SIZE = 720  # px
FIRST = (
    "matches.png",
    "featmatch match samples/room_0.jpg samples/room_1.jpg -o matches.png",
    "match.jpg",
)
"""The picture of README.md: what is drawn, the command, what is kept."""
FIRST_MAX_SIZE = 1200  # px
BROWSER = ("chromium", "--headless=new", "--no-sandbox", "--hide-scrollbars")
_USE = re.compile(r"<!-- picture: (.*?) -->\n```sh\n(.*?)```\n\n!\[.*?\]\((.*?)\)", flags=re.S)


def main() -> None:
    """Make all pictures, or those whose names are given."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_photographs(folder)
        shutil.copytree(REPOSITORY / "samples", folder / "samples")
        for drawn, commands, kept in (FIRST, *_USE.findall(PAGE.read_text(encoding="utf-8"))):
            if sys.argv[1:] and Path(kept).stem not in sys.argv[1:]:
                continue
            for command in commands.splitlines():
                words = command.split()
                print(command)
                words[:1] = [sys.executable, "-m", "featmatch"]
                subprocess.run(words, cwd=folder, env=environment, check=True)
            size = FIRST_MAX_SIZE if kept == FIRST[-1] else MAX_SIZE
            keep(folder / drawn, PAGE.parent / kept, size)


def keep(drawn: Path, kept: Path, max_size: int) -> None:
    """Write a small picture of what a command has made."""
    if drawn.suffix == ".html":
        picture = drawn.with_suffix(".shown.png")
        options = (f"--screenshot={picture}", "--window-size=1000,900", drawn.as_uri())
        subprocess.run([*BROWSER, *options], check=True, stderr=subprocess.DEVNULL)
        drawn = picture
    pixels = cv2.imread(str(drawn), cv2.IMREAD_COLOR)
    scale = min(1.0, max_size / max(pixels.shape))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    kept.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(kept), small, [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
