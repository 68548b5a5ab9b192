"""What a name of a setup value in a cell means: a value, one to be made, text for the notes, nothing, or unknown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.records.door import save_record
from core.records.means import Means
from core.text.normalise import fold
from setup_values.catalogs import catalog_of
from setup_values.choices import active_values
from setup_values.models import CatalogValue

# What a user may answer for a name that is in no catalog, beside the id of a value.
CREATE, INTO_NOTES, EMPTY = "@create", "@notes", "@empty"
ANSWERS = (CREATE, INTO_NOTES, EMPTY)
LONGEST_SHOWN = 80
MOST_NAMED = 3


class Kind(StrEnum):
    """How a name is understood."""

    FOUND = "found"
    NEW = "new"
    NOTES = "notes"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class NameMeaning:
    """value: the one that is meant (FOUND), or an unsaved one that the run makes (NEW); reason: why it is open."""

    kind: Kind
    value: CatalogValue | None = None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the user has to say first what it means."""
        return self.kind in (Kind.UNKNOWN, Kind.SEVERAL)


@dataclass
class ValueNames:
    """The names of one import; each catalog is read once, when it is asked for.

    choices: Import.options["values"], {field: {folded text: "<id>" or one of ANSWERS}}.
    """

    user: Any
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    _catalogs: dict[type[CatalogValue], dict[str, list[CatalogValue]]] = field(default_factory=dict)
    # Values that this import makes, by model, folded name and scope: once per name.
    _new: dict[tuple, CatalogValue] = field(default_factory=dict)

    def find(self, name: str, model: type[CatalogValue], text: str, **scope: Any) -> NameMeaning:
        """What text means in the column of the field `name`; scope: columns of the value (process_id=3).

        Without scope a name that several scopes have is SEVERAL, and so is never guessed.
        """
        key = folded_name(text)
        if not key:
            return NameMeaning(Kind.EMPTY)
        found = self._in_scope(self._values(model).get(key, []), scope)
        if len(found) == 1:
            return NameMeaning(Kind.FOUND, found[0])
        answer = self.choices.get(name, {}).get(key, "")
        if chosen := self._chosen(model, answer, scope):
            return NameMeaning(Kind.FOUND, chosen)
        if found:
            return NameMeaning(Kind.SEVERAL, reason=_several(text, found))
        if answer == INTO_NOTES:
            return NameMeaning(Kind.NOTES)
        if answer == EMPTY:
            return NameMeaning(Kind.EMPTY)
        if answer == CREATE and may_create(self.user, model, scope):
            return NameMeaning(Kind.NEW, self._to_make(model, text, key, scope))
        return NameMeaning(Kind.UNKNOWN, reason=unknown_text(model, text))

    def make(self, values: Iterable[CatalogValue], *, actor: Any, means: Means) -> dict[int, str]:
        """Write those of the new values that are not in the database yet; {id(value): why not} of refused ones.

        One that somebody else has made meanwhile is taken as it is.
        """
        refused: dict[int, str] = {}
        for value in {id(value): value for value in values if value.pk is None}.values():
            try:
                save_record(value, actor=actor, means=means)
            except ValidationError as error:
                same = self._made_meanwhile(value)
                if same is None:
                    refused[id(value)] = " ".join(error.messages)
                else:
                    value.pk = same.pk
        return refused

    def _values(self, model: type[CatalogValue]) -> dict[str, list[CatalogValue]]:
        if model not in self._catalogs:
            self._catalogs[model] = _by_name(model)
        return self._catalogs[model]

    def _chosen(self, model: type[CatalogValue], answer: str, scope: dict[str, Any]) -> CatalogValue | None:
        if not (answer.isascii() and answer.isdigit()):
            return None
        pk = int(answer[:19])
        every = (value for values in self._values(model).values() for value in values)
        return next(iter(self._in_scope([value for value in every if value.pk == pk], scope)), None)

    def _to_make(self, model: type[CatalogValue], text: str, key: str, scope: dict[str, Any]) -> CatalogValue:
        place = (model, key, tuple(sorted(scope.items())))
        if place not in self._new:
            self._new[place] = model(name=" ".join(text.split())[:100], **scope)
        return self._new[place]

    def _made_meanwhile(self, value: CatalogValue) -> CatalogValue | None:
        model = type(value)
        within = {name: getattr(value, name) for name in catalog_of(model).names_within}
        return active_values(model).filter(folded_name=value.folded_name, **within).first()

    @staticmethod
    def _in_scope(values: list[CatalogValue], scope: dict[str, Any]) -> list[CatalogValue]:
        return [value for value in values if all(getattr(value, name) == wanted for name, wanted in scope.items())]


def _by_name(model: type[CatalogValue]) -> dict[str, list[CatalogValue]]:
    found: dict[str, list[CatalogValue]] = {}
    for value in active_values(model).order_by(*model._meta.ordering):
        found.setdefault(value.folded_name, []).append(value)
    return found


def folded_name(text: str) -> str:
    """A name as it is compared, and as Import.options["values"] keeps it."""
    return fold(text)[:100]


def may_create(user: Any, model: type[CatalogValue], scope: dict[str, Any] | None = None) -> bool:
    """Whether an import of user may make values there: no statuses (they need a meaning), no stage without process."""
    if catalog_of(model).needed_meanings or (catalog_of(model).names_within == ("process",) and not scope):
        return False
    return bool(user.is_administrator)


def unknown_text(model: type[CatalogValue], text: str) -> str:
    """That a name is in no catalog."""
    return _("“%(text)s” is not in %(catalog)s.") % {
        "text": text[:LONGEST_SHOWN],
        "catalog": catalog_of(model).name,
    }


def _several(text: str, found: list[CatalogValue]) -> str:
    scopes = [str(getattr(value, "process", "")) or value.name for value in found[:MOST_NAMED]]
    return _("“%(text)s” may mean several values: %(names)s.") % {
        "text": text[:LONGEST_SHOWN],
        "names": ", ".join(scopes),
    }
