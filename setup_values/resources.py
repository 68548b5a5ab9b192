"""Import and export of setup values as tables; rows are judged and written by the write door."""

import csv
import io
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.formats.base_formats import CSV
from import_export.results import Result, RowResult

from core.records.door import check_records, save_records
from core.records.means import Means
from core.records.refusals import BatchRefused
from core.text.cells import guard_formula, unguard_formula
from core.text.normalise import fold

from .catalogs import Catalog, attname, kind_choices
from .models import CatalogValue, Process

YES = frozenset({"yes", "true", "1", "x", "si", "s", "y", "verdadero"})
MAX_BYTES = 1_000_000
# More entries than any drop-down has; each is compared with all others while somebody waits.
MAX_ROWS = 2_000


class SetupCSV(CSV):
    """CSV as spreadsheets of any country write it: UTF-8 or Windows-1252; comma, semicolon or tab."""

    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes | None, **kwargs: Any) -> tablib.Dataset:
        """Read the rows; raises ValueError for what is no table."""
        if not in_stream or len(in_stream) > MAX_BYTES:
            raise ValueError("empty or too large")
        text = decoded(in_stream)
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if len(lines) > MAX_ROWS + 1:
            raise ValueError("too many rows")
        heads = [head.strip() for head in lines[0]]
        dataset = tablib.Dataset(headers=heads)
        for line in lines[1:]:
            if any(cell.strip() for cell in line):
                dataset.append([*line, *[""] * len(heads)][: len(heads)])
        return dataset

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        return ("\ufeff" + dataset.export("csv")).encode()


def decoded(content: bytes) -> str:
    """The text of a file: byte order mark, then strict UTF-8, then Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


class CatalogResource(resources.ModelResource):
    """The columns of one catalog in both directions; `import_data` goes to the write door, dry or real."""

    catalog: Catalog

    def export_field(self, field: fields.Field, instance: CatalogValue, **kwargs: Any) -> str:
        return guard_formula(export_text(instance, field.column_name))

    def import_data(self, dataset: tablib.Dataset, dry_run: bool = False, user: Any = None, **kwargs: Any) -> Result:
        """Judge all rows and, when none is refused and it is no dry run, write them in one transaction.

        A row with an id changes that value, one without changes the value of its name or adds a new one; an
        empty cell changes nothing.
        """
        result = Result()
        result.diff_headers = [field.column_name for field in self.get_import_fields()]
        result.total_rows = len(dataset)
        rows = [{head: unguard_formula(str(cell or "").strip()) for head, cell in row.items()} for row in dataset.dict]
        built = list(self._build(rows))
        means = Means("admin", f"import of {self.catalog.key}")
        errors = self._judge(built, user, means)
        reports = [self._row_result(value, result.diff_headers) if value else RowResult() for value, _error in built]
        if not dry_run and not errors:
            changed = [value for value, _error in built if is_changed(value)]
            try:
                save_records(changed, actor=user, means=means)
            except BatchRefused as refused:
                errors = {_position(built, changed[at]): error for at, error in refused.errors.items()}
        for at, (row, row_result) in enumerate(zip(rows, reports, strict=True)):
            if at in errors:
                row_result.import_type = RowResult.IMPORT_TYPE_INVALID
                result.append_invalid_row(at + 1, row, errors[at])
            result.append_row_result(row_result)
            result.increment_row_result_total(row_result)
        return result

    def _build(self, rows: list[dict[str, str]]) -> Iterator[tuple[CatalogValue | None, ValidationError | None]]:
        """Per row the value that it describes, or why it describes none; two queries for all."""
        model = self.catalog.model
        present = list(model.objects.all())
        processes = {fold(one.name): one for one in Process.objects.all()}
        by_id = {str(value.pk): value for value in present}
        by_name = {_place(self.catalog, value): value for value in present}
        for row in rows:
            try:
                yield self._value(row, by_id, by_name, processes), None
            except ValidationError as error:
                yield None, error

    def _value(self, row: dict, by_id: dict, by_name: dict, processes: dict) -> CatalogValue:
        model = self.catalog.model
        if row.get("id") and row["id"] not in by_id:
            raise ValidationError({"id": _("There is no value with this id.")})
        # An empty cell leaves a value as it is.
        given = [name for name in (*self.catalog.columns, "colour") if row.get(name)]
        values = {name: _parsed(model, name, row[name]) for name in given}
        if "process" in self.catalog.names_within and "process" in row:
            values["process"] = processes.get(fold(row["process"]))
            if values["process"] is None:
                raise ValidationError({"process": _("There is no process of this name.")})
        new = model(name=row.get("name", ""), **values)
        new.derive()
        value = by_id.get(row.get("id", "")) or by_name.get(_place(self.catalog, new)) or new
        if value is not new:
            for name, parsed in values.items():
                setattr(value, name, parsed)
            if row.get("name"):
                value.name = row["name"]
                value.derive()
        if row.get("active"):
            value.is_active = fold(row["active"]) in YES
        return value

    def _judge(self, built: list, user: Any, means: Means) -> dict[int, ValidationError]:
        errors = {at: error for at, (_value, error) in enumerate(built) if error}
        sound = [(at, value) for at, (value, error) in enumerate(built) if not error]
        first: dict[int, int] = {}
        for at, value in sound:
            if first.setdefault(id(value), at) != at:
                text = _("Row %(row)d describes the same value.") % {"row": first[id(value)] + 1}
                errors[at] = ValidationError(text)
        savings = check_records([value for _at, value in sound], actor=user, means=means)
        for (at, _value), saving in zip(sound, savings, strict=True):
            if at not in errors and (error := saving.error()):
                errors[at] = error
        return errors

    def _row_result(self, value: CatalogValue, heads: list[str]) -> RowResult:
        """What the preview says of a row; taken before anything is written."""
        found = RowResult()
        found.import_type = _kind(value)
        found.diff = [_difference(value, head) for head in heads]
        found.instance = value
        found.add_instance_info(value)
        return found


def _position(built: list, value: CatalogValue) -> int:
    return next(at for at, (one, _error) in enumerate(built) if one is value)


def _place(catalog: Catalog, value: CatalogValue) -> tuple:
    return (
        value.folded_name,
        *(getattr(value, attname(catalog.model, name)) for name in catalog.names_within),
    )


def _parsed(model: type[CatalogValue], name: str, text: str) -> Any:
    """The stored word behind a word or its label in the active language; numbers as they are."""
    choices = kind_choices() if name == "kind" else model._meta.get_field(name).choices
    if not choices:
        return text.removesuffix("%").strip()
    words = {fold(str(label)): key for key, label in choices} | {fold(key): key for key, _label in choices}
    if fold(text) not in words:
        raise ValidationError({name: _("“%(word)s” is not one of the choices.") % {"word": text}})
    return words[fold(text)]


def is_changed(value: CatalogValue) -> bool:
    """Whether a value is new or differs from what is stored."""
    return _kind(value) != RowResult.IMPORT_TYPE_SKIP


def _kind(value: CatalogValue) -> str:
    if value._state.adding:
        return RowResult.IMPORT_TYPE_NEW
    stored = value._loaded
    differs = any(stored[name] != value.__dict__[name] for name in stored if name in value.__dict__)
    return RowResult.IMPORT_TYPE_UPDATE if differs else RowResult.IMPORT_TYPE_SKIP


def _difference(value: CatalogValue, head: str) -> str | SafeString:
    """The cell of the preview: "old → new" where a stored value changes."""
    now = export_text(value, head)
    if value._state.adding or head == "process":
        return now
    column = {"active": "is_active"}.get(head, head)
    before = value._loaded.get(column)
    old = _shown(before) if column != "id" else now
    return now if old == now else format_html("<del>{}</del> → <ins>{}</ins>", old, now)


def export_text(value: CatalogValue, head: str) -> str:
    """The text of one column in a file; words as they are stored, so that it can come back in any language."""
    if head == "id":
        return str(value.pk or "")
    return _shown(value.is_active if head == "active" else getattr(value, head))


def _shown(raw: Any) -> str:
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return "" if raw is None else str(raw)


@lru_cache(maxsize=32)
def resource_class(catalog: Catalog) -> type[CatalogResource]:
    """The resource of a catalog: id, process of stages, name, colour, its columns, active."""
    process = ["process"] if "process" in catalog.names_within else []
    names = ["id", *process, "name", "colour", *catalog.columns, "active"]
    columns = {
        name: fields.Field(attribute="is_active" if name == "active" else name, column_name=name) for name in names
    }
    meta = type("Meta", (), {"model": catalog.model, "fields": tuple(names), "import_id_fields": ("id",)})
    return type(f"{catalog.model.__name__}Resource", (CatalogResource,), {**columns, "catalog": catalog, "Meta": meta})
