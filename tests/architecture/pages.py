"""What must hold between the pages of documentation: links lead somewhere, each page for users has its Spanish twin."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from posixpath import normpath

from tests.architecture.tree import Source

USER_PAGES = "docs/user/"
SPANISH_PAGES = "docs/user/es/"
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_TWIN = re.compile(r"\[(?:En español|In English)\]\(([^)\s]+)\)\s*\Z")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def broken_links(source: Source, root: Path) -> list[str]:
    """Links of a page to files of the checkout that are not there, and to headings that their page does not have."""
    found = []
    for link in _LINK.findall(source.text):
        if "://" in link or link.startswith("mailto:"):
            continue
        address, _hash, anchor = link.partition("#")
        path = root / _target(source.path, address) if address else root / source.path
        if not path.exists():
            found.append(f"{source.path} leads to {link}, which is not there")
        elif anchor and anchor not in _anchors(path.read_text(encoding="utf-8")):
            found.append(f"{source.path} leads to {link}: no such heading")
    return found


def without_twin(sources: Iterable[Source]) -> list[str]:
    """Pages for users whose last line does not lead to the same page in the other language, and back."""
    pages = {source.path: twin_of(source) for source in sources if source.path.startswith(USER_PAGES)}
    found = []
    for path, twin in sorted(pages.items()):
        if twin is None:
            found.append(f"{path} does not end with a link to its page in the other language")
        elif path.startswith(SPANISH_PAGES) == twin.startswith(SPANISH_PAGES) or pages.get(twin) != path:
            found.append(f"{path} ends with a link to {twin}, which does not lead back")
    return found


def twin_of(source: Source) -> str | None:
    """The page to which the last line of a page leads, None without such a line."""
    match = _TWIN.search(source.text)
    return _target(source.path, match[1]) if match else None


def _target(path: str, address: str) -> str:
    return normpath((PurePosixPath(path).parent / address).as_posix())


def _anchors(text: str) -> set[str]:
    """The names under which a reader of Markdown finds the headings of a page."""
    return {_NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}
