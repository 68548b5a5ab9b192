"""What the deletion of an account leaves alone within this room: its child accounts."""

from collections.abc import Iterable

from django.db.models import QuerySet

from core.records.rules import RecordRule

from .models import Account


class AccountDeletion(RecordRule):
    """Child accounts stay; their parent is then one in the trash."""

    def stays(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "account":
            yield Account.objects.filter(parent__in=ids)
