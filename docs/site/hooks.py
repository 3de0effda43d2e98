"""What `mkdocs build` adds to the pages of docs/: API reference, commands, links that lead on.

The pages are written to be read in the repository too: they link files by their places there.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(REPOSITORY), str(HERE)]  # this checkout, whatever else is installed

from api_reference import api_pages, public_names
from command_reference import command_reference

PACKAGE = REPOSITORY / "featmatch"
COMMANDS_HERE = "<!-- commands -->"
COPIED = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changes.md": "CHANGELOG.md",
}
"""Page -> the file at the top of the repository that it shows."""

_CODE_BLOCK = re.compile(r"^( *)```.*?^\1```$", flags=re.S | re.M)
_LINK = re.compile(r"(?<!!)\[([^]]+)\]\(([^)]+)\)")
_PICTURE = re.compile(r"!\[([^]]*)\]\(([^)]+)\)")
_ADDRESS = re.compile(r"[a-z]+:|#")
_NAME = re.compile(r"(?<!\[)`(featmatch\.(\w+))(?:\(\))?`")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of the API reference, whose list is made from the code, into the navigation."""
    assert config.nav is not None
    pages = [{title: name} for name, (title, _) in api_pages(PACKAGE).items()]
    config.nav.append({"API reference": pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file in docs/ holds."""
    from mkdocs.structure.files import File

    pages = {name: text for name, (_, text) in api_pages(PACKAGE).items()}
    pages |= {
        name: (REPOSITORY / source).read_text(encoding="utf-8") for name, source in COPIED.items()
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Fill in what is made from the code; links of the repository become links of the site."""
    name = page.file.src_uri
    public = {name for _, name in public_names(PACKAGE / "__init__.pyi")}

    def link_name(match: re.Match[str]) -> str:
        return f"[{match[0]}][{match[1]}]" if match[2] in public else match[0]

    def adapt(text: str) -> str:
        text = _LINK.sub(lambda link: _link(link, name), text)
        text = _PICTURE.sub(lambda link: f"![{link[1]}]({_place(link[2], name)})", text)
        return text if name.startswith("api/") else _NAME.sub(link_name, text)

    return _outside_code(markdown, adapt).replace(COMMANDS_HERE, command_reference())


def _outside_code(markdown: str, adapt: Callable[[str], str]) -> str:
    parts, end = [], 0
    for block in _CODE_BLOCK.finditer(markdown):
        parts += [adapt(markdown[end : block.start()]), block[0]]
        end = block.end()
    return "".join((*parts, adapt(markdown[end:])))


def _link(link: re.Match[str], page: str) -> str:
    """Return a link in the site; a file that is not in it is named."""
    text, target = link.groups()
    place = _place(target, page)
    if place is not None:
        return f"[{text}]({place})"
    path = _file(target, page).relative_to(REPOSITORY).as_posix()
    return text if text.strip("`") == path else f"{text} (`{path}`)"


def _place(target: str, page: str) -> str | None:
    """Return where a link of a page leads in the site; None if the site does not have it."""
    if _ADDRESS.match(target):
        return target
    path, mark, anchor = target.partition("#")
    file = _file(path, page)
    if not file.exists():
        raise FileNotFoundError(f"{page} links {target}, but there is no {file}")
    copied = {REPOSITORY / source: name for name, source in COPIED.items()}
    if file in copied:
        found = copied[file]
    elif file.is_relative_to(REPOSITORY / "docs") and file.is_file():
        found = file.relative_to(REPOSITORY / "docs").as_posix()
    else:
        return None
    return os.path.relpath(found, Path(page).parent).replace(os.sep, "/") + mark + anchor


def _file(target: str, page: str) -> Path:
    source = REPOSITORY / COPIED.get(page, f"docs/{page}")
    return (source.parent / target.partition("#")[0]).resolve()
