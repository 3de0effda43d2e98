"""The pages for people, and what they show: commands, examples, links."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
README = REPOSITORY / "README.md"
DOCS = REPOSITORY / "docs"
PAGES = (README, *sorted(DOCS.rglob("*.md")))


def blocks(path: Path, language: str) -> list[str]:
    """Return the blocks of code of one language."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.S | re.M)


def titled_blocks(path: Path) -> dict[str, str]:
    """Return the blocks of Python that have a title, by it."""
    text = path.read_text(encoding="utf-8")
    return dict(re.findall(r'^```python title="(.*?)"\n(.*?)^```', text, flags=re.S | re.M))


def commands(path: Path) -> list[str]:
    """Return the lines of shell that call featmatch."""
    return re.findall(r"^featmatch .*", "\n".join(blocks(path, "sh")), flags=re.M)


def run_examples(path: Path) -> dict[str, object]:
    """Run the blocks of Python one after the other, and return the names they leave behind."""
    names: dict[str, object] = {}
    for block in blocks(path, "python"):
        exec(compile(block, path.name, "exec"), names)
    return names


def pages_with(language: str) -> list[Path]:
    """Return the pages that show code of a language."""
    return [path for path in PAGES if blocks(path, language)]
