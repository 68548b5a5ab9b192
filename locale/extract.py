#!/usr/bin/env python3
"""Gathers the translatable texts, updates and compiles the Spanish catalog, with Babel instead of gettext.

python locale/extract.py            write es/LC_MESSAGES/django.po and .mo, say what is missing
python locale/extract.py --check    change nothing; exit status 1 when a text is missing
"""

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
NOT_OURS = {
    ".venv",
    "var",
    "tests",
    "bench",
    "static",
    "docs",
    "node_modules",
    ".git",
    "migrations",
    "locale",
}
# Message arguments per function, as GNU gettext writes them: (context, "c"), singular, plural.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Written by hand, without the dates that Babel would put in: a file changes only when a text does.
HEADER = """\
# Spanish texts of the CRM. `make messages` brings them up to date.
msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|{\w*}")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def source_files() -> Iterator[Path]:
    """Every Python module and template of the product, in order of path."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(names):
            if name.endswith((".py", ".html", ".txt")) and not name.startswith("requirements"):
                path = Path(folder, name)
                if path.suffix == ".py" or "templates" in path.parts:
                    yield path


def texts_of(path: Path) -> Iterable[tuple]:
    """Yield (line number, text or texts, comments, context) of one file, as Babel's extractors do."""
    if path.suffix == ".py":
        content, method = path.read_bytes(), "python"
    else:
        content, method = as_python(path), extract_python
    return extract(
        method, io.BytesIO(content), keywords=KEYWORDS, comment_tags=["Translators:"], strip_comment_tags=True
    )


def as_python(path: Path) -> bytes:
    """A template as Python text with its gettext calls on their lines; the rest is blanked out by Django.

    Leading blanks go: in a template they mean nothing, for Python they would be wrong indentation.
    """
    from django.utils.translation.template import templatize

    python = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return "\n".join(line.lstrip() for line in python.split("\n")).encode()


def unknown_names() -> list[str]:
    """Modules that give a translating function a name of their own: its texts would not be gathered."""
    return [
        f"{path.relative_to(ROOT).as_posix()} calls {name.name} {name.asname}: its texts are not gathered"
        for path in source_files()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.asname and name.asname not in KEYWORDS
    ]


def gathered() -> Catalog:
    """All texts of the product, each with the files it stands in."""
    catalog = Catalog(locale="es")
    for path in source_files():
        place = path.relative_to(ROOT).as_posix()
        for _line, text, comments, context in texts_of(path):
            if text:
                catalog.add(text, None, [(place, 0)], auto_comments=comments, context=context)
    return catalog


def translated() -> Catalog:
    """The catalog as it is committed; empty when there is none yet."""
    if not PO.exists():
        return Catalog(locale="es")
    with PO.open("rb") as file:
        return read_po(file, locale="es")


def updated(texts: Catalog, known: Catalog) -> Catalog:
    """`texts` with the translations of `known`; what stands nowhere any more is dropped."""
    for message in entries(texts):
        old = known.get(message.id, context=message.context)
        if old is not None:
            message.string = old.string
            message.flags |= old.flags & {"fuzzy"}
            message.user_comments = old.user_comments
    return texts


def entries(catalog: Catalog) -> list[Message]:
    """The texts of a catalog without its header entry."""
    return [message for message in catalog if message.id]


def key_of(message: Message) -> tuple:
    """What makes a text one text: its context and its English."""
    return (message.context, message.id)


def problems_of(message: Message) -> list[str]:
    """What is wrong with one translation: missing, fuzzy, or with other placeholders than the text."""
    if not all(list_of(message.string)):
        return ["is not translated"]
    found = ["is fuzzy"] if message.fuzzy else []
    wanted = [set(PLACEHOLDER.findall(text)) for text in list_of(message.id)]
    for text in list_of(message.string):
        names = set(PLACEHOLDER.findall(text))
        # A plural form may leave a name out ("one row"), a single text may not.
        if not min(wanted, key=len) <= names <= set().union(*wanted):
            found.append(f"has other placeholders in its translation: {text!r}")
    return found


def compiled(catalog: Catalog) -> bytes:
    """The catalog in the form that Django reads."""
    catalog.creation_date = catalog.revision_date = EPOCH
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def written(catalog: Catalog) -> bytes:
    """The catalog as text, sorted by file, without line numbers: moving a line changes no catalog."""
    out = io.BytesIO()
    write_po(out, catalog, sort_by_file=True, width=110, include_lineno=False, omit_header=True)
    return HEADER.encode() + out.getvalue()


def list_of(strings: object) -> list:
    """One text or several plural forms as a list; Babel gives a text, a tuple or a list."""
    return list(strings) if isinstance(strings, tuple | list) else [strings]


def check() -> list[str]:
    """All reasons why the committed catalog must not be shipped; empty when it is complete and up to date."""
    texts, known = gathered(), translated()
    wanted, have = {key_of(m) for m in entries(texts)}, {key_of(m) for m in entries(known)}
    problems = unknown_names()
    problems += [f"not in django.po: {text!r}" for _context, text in sorted(wanted - have, key=str)]
    problems += [
        f"in django.po, but nowhere in the product: {text!r}" for _context, text in sorted(have - wanted, key=str)
    ]
    problems += [f"{message.id!r} {problem}" for message in entries(known) for problem in problems_of(message)]
    if not MO.exists():
        problems.append("django.mo is missing")
    elif MO.read_bytes() != compiled(known):
        problems.append("django.mo is not what django.po compiles to")
    return problems


def update() -> list[str]:
    """Write django.po and django.mo; return what is still to be translated."""
    catalog = updated(gathered(), translated())
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(written(catalog))
    MO.write_bytes(compiled(translated()))
    return [f"{message.id!r} {problem}" for message in entries(catalog) for problem in problems_of(message)]


def main() -> int:
    """Run as a command; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when something is missing")
    only_check = parser.parse_args().check
    problems = check() if only_check else update()
    for problem in problems:
        print(problem)
    if problems and only_check:
        print(f"{len(problems)} problems. Run `make messages`, then translate {PO.relative_to(ROOT)}.")
    elif not problems:
        print("The Spanish texts are complete and up to date.")
    return int(bool(problems) and only_check)


if __name__ == "__main__":
    # This folder is called like a module of the standard library: it must not stand on the path.
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != ROOT / "locale"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
