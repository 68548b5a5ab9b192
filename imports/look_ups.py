"""Finds the setup values and users that the texts of a row name; what is not found is kept as text and reported."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from core.text.normalise import fold
from setup_values.models import Source
from users.models import User

from .contact_records import ContactData
from .owners import may_own
from .people import People
from .value_names import Kind, NameMeaning, ValueNames


class LookUps:
    """What the names in a file may mean for the user who imports it; each list is read once, when it is asked for."""

    def __init__(self, user: Any, values: dict[str, dict[str, str]] | None = None) -> None:
        self.user = user
        self.names = ValueNames(user, values or {})

    @cached_property
    def people(self) -> dict[str, list[User]]:
        """Active users by folded e-mail and name."""
        return People().by_name

    def source(self, data: ContactData) -> NameMeaning:
        """Set the source that the row names, or keep its text where the user wants that; the meaning may be open."""
        meaning = self.names.find("lead_source", Source, data.row.values["source"])
        if meaning.kind == Kind.FOUND:
            data.source = meaning.value
        elif meaning.kind == Kind.NOTES:
            data.keep("source")
        return meaning

    def owner(self, data: ContactData) -> User | None:
        """The user whom the row names as owner, None when it names none; a text that names nobody is kept."""
        text = data.row.values["owner"]
        if not text:
            return None
        found = self.people.get(fold(text), [])
        if len(found) == 1 and may_own(self.user, found[0], "contact"):
            return found[0]
        problem = (
            _("“%(text)s” is the name of no single user: the name is in the notes.")
            if len(found) != 1
            else _("You may not give contacts to “%(text)s”: the name is in the notes.")
        )
        data.keep("owner", problem % {"text": text[:80]})
        return None
