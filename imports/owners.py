"""To whom an import may give its records, and to whom it gives those whose row names no owner."""

from collections.abc import Mapping
from typing import Any

from core.records.rights import Right, Scope
from users.models import User

# What the user chooses beside the id of a person; without a choice he owns them himself.
NOBODY = "nobody"


def may_own(user: Any, person: User, record_type: str) -> bool:
    """Whether user could still change a record of that owner."""
    scope = user.scope(record_type, Right.EDIT)
    if scope == Scope.ALL or person.pk == user.pk:
        return True
    return scope == Scope.TEAM and person.team_id is not None and person.team_id == user.team_id


def owner_choices(user: Any, record_type: str) -> list[User]:
    """The active users to whom user may give records, himself left out; one query."""
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name", "pk")
    return [person for person in others if may_own(user, person, record_type)]


def may_give_to_nobody(user: Any, record_type: str) -> bool:
    """Whether user could still change a record that nobody owns."""
    return user.scope(record_type, Right.EDIT) == Scope.ALL


def chosen_owner(options: Mapping[str, Any], user: Any, actor: User | None, record_type: str) -> User | None:
    """Who owns what a row without an owner makes: as chosen and allowed, else actor."""
    choice = str(options.get("owner", ""))
    if choice == NOBODY:
        return None if may_give_to_nobody(user, record_type) else actor
    person = person_with_id(choice)
    return person if person is not None and may_own(user, person, record_type) else actor


def person_with_id(text: str) -> User | None:
    """The active user of that id, None for any other text."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return User.objects.select_related("team").filter(is_active=True, pk=int(text)).first()
