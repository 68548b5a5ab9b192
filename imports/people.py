"""Finds the users whom the texts of a file name."""

from functools import cached_property

from core.text.normalise import fold
from users.models import User


class People:
    """The active users, read once when they are asked for."""

    @cached_property
    def by_name(self) -> dict[str, list[User]]:
        """Active users by folded e-mail and name."""
        found: dict[str, list[User]] = {}
        for person in User.objects.filter(is_active=True).select_related("team"):
            for word in {fold(person.email), fold(person.name)}:
                found.setdefault(word, []).append(person)
        return found

    def find(self, text: str) -> list[User]:
        """Who is called so, by name or e-mail; one user when it is clear."""
        return self.by_name.get(fold(text), [])
