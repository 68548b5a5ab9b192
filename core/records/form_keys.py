"""One hidden key per create form: the second POST of the same form leads to the record of the first."""

import uuid

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone


class FormKey(models.Model):
    """A key that has been used, and what it made."""

    key = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+")
    url = models.CharField(max_length=300, blank=True)
    used_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return str(self.key)


class AlreadyUsed(Exception):
    """The form was sent before; `url` leads to what it made."""

    def __init__(self, url: str):
        super().__init__(url)
        self.url = url


def new_key() -> str:
    """A key for a hidden field."""
    return str(uuid.uuid4())


def use_key(text: str, user) -> FormKey | None:
    """Claim a key inside the transaction that writes; None when the form carried none.

    Raises AlreadyUsed for the second caller: on PostgreSQL it waits for the first to commit, on SQLite
    writers stand in line anyway. A refused form leaves its key free, because its transaction rolls back.
    """
    try:
        key = uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
    # A key counts for one user: whoever sends another one's key neither learns nor blocks anything.
    own = uuid.uuid5(key, str(user.pk))
    try:
        with transaction.atomic():
            return FormKey.objects.create(key=own, user=user)
    except IntegrityError:
        used = FormKey.objects.filter(key=own).first()
        raise AlreadyUsed(used.url if used else "") from None


def remember(key: FormKey | None, url: str) -> None:
    """Note what the form made, in the same transaction."""
    if key is not None:
        FormKey.objects.filter(pk=key.pk).update(url=url[:300])
