"""Template files: the columns that a target maps by itself, with one invented row, in the language of the reader."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.pages.export_formats import write_csv
from core.pages.xlsx import write_workbook

if TYPE_CHECKING:
    from .targets import Target

# language: (what it calls itself, the delimiter that spreadsheets in it expect)
LANGUAGES = {"en": ("English", ","), "es": ("Español", ";")}


@dataclass(frozen=True, slots=True)
class TemplateFormat:
    """One format. write: (name of the sheet, columns, language) -> the bytes of the file."""

    name: str
    content_type: str
    write: Callable[[str, list["TemplateColumn"], str], bytes]


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column: the field that its header is mapped to without anybody's help, and what the example row holds."""

    field: str
    header: str
    example: str = ""


def _csv(_title: str, columns: list[TemplateColumn], language: str) -> bytes:
    header, example = [column.header for column in columns], [column.example for column in columns]
    return b"".join(write_csv(header, [example], delimiter=LANGUAGES[language][1]))


def _workbook(title: str, columns: list[TemplateColumn], _language: str) -> bytes:
    header, example = [column.header for column in columns], [column.example for column in columns]
    return b"".join(write_workbook(title, header, [example]))


FORMATS = {
    "csv": TemplateFormat("CSV", "text/csv; charset=utf-8", _csv),
    "xlsx": TemplateFormat("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
}


def template_columns(target: "Target", language: str) -> list[TemplateColumn]:
    """The columns of target's template in a language of LANGUAGES."""
    with override(language):
        return target.template(language)


def template_name(target: "Target", language: str) -> str:
    """What the file is called, without its ending: "template-contacts"."""
    with override(language):
        return slugify(_("template %(kind)s") % {"kind": target.label()})


def template_bytes(target: "Target", language: str, ending: str) -> bytes:
    """Header and example as a file that a spreadsheet in that language opens with a double click."""
    columns = template_columns(target, language)
    with override(language):
        title = str(target.label())
    return FORMATS[ending].write(title, columns, language)
