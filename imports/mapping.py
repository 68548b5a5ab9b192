"""Maps columns to neutral fields by their headers: as the source writes them, then by general words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, replace

from imports.header_synonyms import GenericTable, Reading, generic_table, header_key
from imports.reason_column import is_reason
from imports.recognition import SourceMatch, recognise_source

UNKNOWN = Reading(None, "none")
# How Dynamics 365 begins the headers of its hidden columns: first the identifier, then what only it understands.
_HIDDEN = (
    "(do not modify)", "(no modificar)", "(nicht ändern)", "(ne pas modifier)", "(non modificare)", "(não modificar)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """One column and the neutral field it feeds (None: not mapped).

    `how`: "source" (the recognised program writes this header), "accentless" (the same but for accents),
    "generic" (a general word), "ignored" (technical, its values are left out), "kept" (known, but no field
    of ours; kept as text), "none" (unknown, kept as text), "chosen" (by the user; without a field its
    values are left out), "fixed" (no column of the file: one value for every row).
    """

    index: int
    header: str
    field: str | None
    how: str


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What every column of a table means; `language` ("en", "es", ...) is that of the headers."""

    columns: tuple[ColumnMatch, ...]
    source: SourceMatch | None
    language: str

    @property
    def fields(self) -> dict[str, str]:
        """Return header -> neutral field of the mapped columns; of equal headers the first one shows."""
        found: dict[str, str] = {}
        for column in self.columns:
            if column.field:
                found.setdefault(column.header, column.field)
        return found

    @property
    def unmapped_headers(self) -> list[str]:
        """Return the headers of columns without a field, in file order (none that are blank)."""
        return [column.header for column in self.columns if not column.field and column.header]

    def indices_of(self, field: str) -> list[int]:
        """Return the positions of the columns that feed `field`."""
        return [column.index for column in self.columns if column.field == field]

    def indices_in_file(self, field: str) -> list[int]:
        """Return the positions of the file's own columns that feed `field`: without a value given to every row."""
        return [column.index for column in self.columns if column.field == field and column.how != "fixed"]

    def with_choices(self, choices: MappingABC[int, str | None]) -> "ColumnMapping":
        """Return a copy in which the user's choices (column index -> field or None) count."""
        columns = tuple(
            replace(column, field=choices[column.index], how="chosen") if column.index in choices else column
            for column in self.columns
        )
        return replace(self, columns=columns)


def map_headers(header: Sequence[str], *, source: SourceMatch | None = None, record: str = "contact") -> ColumnMapping:
    """Return the automatic mapping of `header`; `source` None: it is recognised from the header.

    `record` ("contact", "account", "lead" or "opportunity") settles what "Name" or "City" means where no
    source does.
    """
    source = source or recognise_source(header)
    keys = [header_key(text) for text in header]
    readings = [
        Reading(None, "ignored") if is_reason(text) else reading
        for text, reading in zip(header, _read_by_source(keys, source), strict=True)
    ]
    _read_hidden(keys, readings)
    taken = {reading.field for reading in readings if reading and reading.field}
    table = generic_table()
    pending = []
    for index, key in enumerate(keys):
        if readings[index] is not None:
            continue
        candidates = table.candidates(key) if key else []
        if len(candidates) == 1 and " if " not in candidates[0]:
            readings[index] = Reading(candidates[0], "generic")
            taken.add(candidates[0])
        elif candidates:
            pending.append((index, candidates))
    facts = taken | {f"@{record}"}
    for index, candidates in pending:
        field = _choose(candidates, facts)
        if field:
            readings[index] = Reading(field, "generic")
            facts.add(field)
    columns = tuple(
        ColumnMatch(index, text, reading.field, reading.how)
        for index, (text, reading) in enumerate(
            (text, found or UNKNOWN) for text, found in zip(header, readings, strict=True)
        )
    )
    return ColumnMapping(columns, source, _language(keys, source, table))


def _read_by_source(keys: Iterable[str], source: SourceMatch | None) -> list[Reading | None]:
    """Read each header as the source writes it; the n-th of equal headers is its n-th such column."""
    occurrences: Counter[str] = Counter()
    readings: list[Reading | None] = []
    for key in keys:
        reading = source.profile.read(key, occurrences[key]) if source and key else None
        occurrences[key] += 1
        readings.append(reading)
    return readings


def _read_hidden(keys: Sequence[str], readings: list[Reading | None]) -> None:
    """Read the hidden columns of Dynamics in the languages of which no profile tells."""
    hidden = [index for index, key in enumerate(keys) if key.startswith(_HIDDEN)]
    for place, index in enumerate(hidden):
        if readings[index] is None:
            readings[index] = Reading("external_id", "generic") if place == 0 else Reading(None, "ignored")


def _choose(candidates: Iterable[str], facts: set[str]) -> str | None:
    """Return the first candidate ("field" or "field if a|b") that is free and whose condition is a fact."""
    for candidate in candidates:
        field, _if, condition = candidate.partition(" if ")
        if field not in facts and (not condition or facts.intersection(condition.split("|"))):
            return field
    return None


def _language(keys: Iterable[str], source: SourceMatch | None, table: GenericTable) -> str:
    if source:
        return source.language[:2]
    votes: Counter[str] = Counter()
    for key in keys:
        languages = table.languages.get(key, set())
        for language in languages:
            votes[language] += 1 / len(languages)
    return max(votes, key=lambda language: (votes[language], language == "en"), default="en")
