"""The files of the checkout as the guards read them."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM_ENDINGS = (".py", ".html", ".js", ".css", ".md", ".toml", "Makefile", "run")
TEXT_ENDINGS = (*PROGRAM_ENDINGS, ".txt", ".in", ".json", ".csv", ".svg", ".po", ".example")
NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", "out"}


@dataclass(frozen=True)
class Source:
    """One file: `path` relative to the checkout with forward slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def room(self) -> str:
        """The first folder: "leads" for leads/views.py."""
        return self.path.split("/")[0]

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def files(*endings: str) -> Iterator[Source]:
    """Every file of product, tests and tools whose name ends so; third-party files are left out."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.endswith("_cache"))
        for name in sorted(names):
            path = Path(folder, name)
            place = path.relative_to(ROOT).as_posix()
            if name.endswith(endings) and not is_third_party(place):
                yield Source(place, path.read_text(encoding="utf-8", errors="replace"))


def is_third_party(place: str) -> bool:
    """Whether a file was taken over as it is; the script that fetches them is ours."""
    return place.startswith("static/vendor/") and not place.endswith((".py", "vendor.json"))


def modules() -> Iterator[Source]:
    """Every Python module but the migrations, which Django writes."""
    return (source for source in files(".py") if "/migrations/" not in source.path)


def templates() -> Iterator[Source]:
    """Every template of pages and of HTML mails; the texts of plain mails follow no rule of pages."""
    return (source for source in files(".html") if "templates/" in source.path)
