"""What records are tied to already: values that are retired by now, users who left or have a namesake."""

from typing import Any

from core.text.normalise import fold
from users.models import User


class NamesThere:
    """The values of catalogs and the users with their names, each list read once, when it is asked for.

    A row of our own export that says what its record has says nothing new, whether it could be chosen today or not.
    """

    def __init__(self) -> None:
        self._known: dict[Any, dict[int, Any]] = {}

    def get(self, model: Any, pk: int | None, text: str) -> Any:
        """The value or user of that id when it is called so, else None."""
        if pk is None:
            return None
        if model not in self._known:
            self._known[model] = {one.pk: one for one in model.objects.all()}
        one = self._known[model].get(pk)
        names = {fold(one.name), fold(getattr(one, "email", ""))} if one is not None else set()
        return one if fold(text) in names - {""} else None


def is_owner(there: NamesThere, record: Any, text: str) -> bool:
    """Whether text names the owner that a record has."""
    return there.get(User, record.owner_id, text) is not None
