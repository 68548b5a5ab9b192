"""What an import may write: one target per kind of record, each with its fields, its rows and its way of planning."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.records.means import Means
from core.records.rights import Right
from setup_values.models import CatalogValue
from users.models import User

from .mapped_files import MappedFile
from .mapping import ColumnMapping
from .models import ImportRow
from .template_files import TemplateColumn

Label = str | Promise
FieldGroups = list[tuple[Label, list[tuple[str, Label]]]]


class Walk(Protocol):
    """The planning and writing of one file, chunk after chunk; it remembers what earlier rows were."""

    # {number: (one of RowChoice.Decision, record id)}: what the user has decided about single rows.
    decisions: dict[int, tuple[str, int | None]]

    def remember(self, batch: list[Any], results: dict[int, tuple[str, int | None]]) -> None:
        """Take rows that were written before a break for known. results: {number: (action, record id)}."""

    def plan(self, batch: list[Any]) -> list[Any]:
        """Plan one chunk with a fixed number of queries; answers a PlannedRow each."""

    def check(self, planned: list[Any], means: Means) -> None:
        """Dry run of a planned chunk: settle the action of every row; writes nothing."""

    def write(self, planned: list[Any], means: Means) -> Counter:
        """Write a planned chunk inside the caller's transaction; {record type: number} of what else was made."""


class Target:
    """Base of all targets. Instances are shared and hold no state of an import."""

    # What Import.entity says, what the command calls it, and the record type whose right to create is needed.
    name = ""
    plural = ""
    record_type = ""
    icon = "file-import"
    takes_cards = False
    # Whether its records are values of a catalog, which administrators set up.
    is_setup = False
    # Whether its records have notes, into which columns without a field go.
    has_notes = True
    # Whether its records have an owner, whom a file need not name.
    has_owner = True
    date_fields: tuple[str, ...] = ()
    # Those of match_keys that only cards carry.
    card_keys: tuple[str, ...] = ()

    def label(self) -> str:
        """What it brings in, in the plural ("Contacts")."""
        raise NotImplementedError

    def title(self) -> str:
        """The heading of its pages ("Import contacts")."""
        raise NotImplementedError

    def may_import(self, user: Any) -> bool:
        """Whether user may bring files of it."""
        return user.may(Right.CREATE, self.record_type)

    def open(self, source: BinaryIO, options: dict[str, Any] | None = None) -> MappedFile:
        """Recognise a file by its content; raises a subclass of UnusableFile."""
        raise NotImplementedError

    def map_headers(self, header: list[str]) -> ColumnMapping:
        """The automatic mapping of a header."""
        raise NotImplementedError

    def walk(self, user: Any, actor: User | None, options: dict[str, Any]) -> Walk:
        """Begin to plan a file. user: whose rights count; actor: who writes and owns, None for the system."""
        raise NotImplementedError

    def field_choices(self, mapped: Iterable[str] = ()) -> FieldGroups:
        """The fields a column may be mapped to, grouped; mapped ones outside the usual ones are added."""
        raise NotImplementedError

    def field_label(self, name: str) -> Label:
        """The label of a field that a column may feed."""
        raise NotImplementedError

    def has_place(self, name: str) -> bool:
        """Whether the record has a place for a field, so that it does not end in the notes."""
        raise NotImplementedError

    def is_left_out(self, name: str) -> bool:
        """Whether the values of a field are deliberately not taken (technical columns)."""
        return False

    def match_keys(self) -> list[tuple[str, Label]]:
        """(name, label) of what may tell that a row means a record that exists, the strongest first."""
        return []

    def kept_when_cleared(self) -> str:
        """Which fields an empty cell leaves as they are although empty cells clear, in a sentence."""
        return _("What a record needs stays; notes and owner stay as well, unless the file is an export of this CRM.")

    def key_hint(self, name: str) -> str:
        """One sentence about a key of match_keys, "" without need."""
        return ""

    def related(self) -> list[tuple[str, Label, tuple[str, ...]]]:
        """(field, label, answers of imports.choices.RELATED, the usual one first) of records that a row may name and
        that may not exist."""
        return []

    def fixed_choices(self, *, for_cards: bool = False) -> FieldGroups:
        """The fields that may get one value for every row, grouped; for_cards: of a file without columns."""
        return [] if for_cards else self.field_choices()

    def value_choices(self, name: str, user: Any) -> list[tuple[str, Label]] | None:
        """(text of a cell, label) of the values that a field may have, None where any text is possible."""
        return None

    def catalog(self, name: str) -> type[CatalogValue] | None:
        """The catalog whose values a field names, None for other fields."""
        return None

    def notes(self) -> list[tuple[str, str]]:
        """What will happen, for the mapping page: (icon, sentence)."""
        return []

    def template(self, language: str) -> list[TemplateColumn]:
        """The columns of its template file, headers in the active language, with an example row in language."""
        raise NotImplementedError

    def card(self, work: Any, position: int, user: Any) -> Any:
        """How the sample row at position will look (imports.preview.RecordCard), None without such a row."""
        raise NotImplementedError

    def urls(self, ids: list[int], user: Any) -> dict[int, str]:
        """{record id: address} of those records that user sees; one query."""
        raise NotImplementedError

    def list_url(self) -> str:
        """Where the imported records are listed, the newest first."""
        raise NotImplementedError

    def column_label(self, name: str) -> str:
        """What a column or a kind of child rows of the record is called in a list of changes."""
        raise NotImplementedError

    def text_of(self, row: ImportRow) -> str:
        """What the row does beside changing columns, in words; "" for rows that write nothing."""
        raise NotImplementedError
