"""Finds the setup values and users that the texts of a row name; what is not found is kept as text and reported."""

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from core.records.rights import Right, Scope
from core.text.normalise import fold
from setup_values.models import Source
from users.models import User

from .contact_records import ContactData


class LookUps:
    """What the names in a file may mean for the user who imports it; each list is read once, when it is asked for."""

    def __init__(self, user: Any) -> None:
        self.user = user

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Active sources by folded name."""
        return {source.folded_name: source for source in Source.objects.filter(is_active=True)}

    @cached_property
    def people(self) -> dict[str, list[User]]:
        """Active users by folded e-mail and name."""
        found: dict[str, list[User]] = {}
        for person in User.objects.filter(is_active=True).select_related("team"):
            for word in {fold(person.email), fold(person.name)}:
                found.setdefault(word, []).append(person)
        return found

    def source(self, data: ContactData) -> None:
        """Set the source that the row names, or keep its text."""
        text = data.row.values["source"]
        if not text:
            return
        data.source = self.sources.get(fold(text)[:100])
        if data.source is None:
            data.keep("source", _("“%(text)s” is not in the list of sources: kept in the notes.") % {"text": text[:80]})

    def owner(self, data: ContactData) -> User | None:
        """The user whom the row names as owner, None when it names none; a text that names nobody is kept."""
        text = data.row.values["owner"]
        if not text:
            return None
        found = self.people.get(fold(text), [])
        if len(found) == 1 and self._may_own(found[0]):
            return found[0]
        problem = (
            _("“%(text)s” is the name of no single user: you are the owner, the name is in the notes.")
            if len(found) != 1
            else _("You may not give contacts to “%(text)s”: you are the owner, the name is in the notes.")
        )
        data.keep("owner", problem % {"text": text[:80]})
        return None

    def _may_own(self, person: User) -> bool:
        """Whether the importing user could still change a contact of that owner."""
        scope = self.user.scope("contact", Right.EDIT)
        if scope == Scope.ALL or person.pk == self.user.pk:
            return True
        return scope == Scope.TEAM and person.team_id is not None and person.team_id == self.user.team_id
