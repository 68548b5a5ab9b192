"""Keeps the tree of parent accounts a tree: no account is above itself, however long the way."""

from django.utils.translation import gettext as _

from core.records.rules import RecordRule
from core.records.saving import Saving

from .models import Account, NumberCounter

DEEPEST = 50
LOCK = "account tree"


class NoLoopOfParents(RecordRule):
    """Refuses a parent below the account itself, and trees deeper than DEEPEST."""

    record_types = ("account",)

    def check(self, savings: list[Saving]) -> None:
        moved = [saving for saving in savings if saving.record.parent_id and saving.is_changed("parent_id")]
        if moved:
            refuse_loops(savings, moved)

    def before_write(self, savings: list[Saving]) -> None:
        """Once more, one writer at a time: two saves that together close a loop would each see none."""
        moved = [
            saving
            for saving in savings
            if saving.record.parent_id and not saving.is_new and saving.is_changed("parent_id")
        ]
        if moved:
            lock_tree()
            refuse_loops(savings, moved)


def lock_tree() -> None:
    """Let one transaction at a time move accounts in the tree; the lock ends with the transaction."""
    NumberCounter.objects.get_or_create(name=LOCK)
    NumberCounter.objects.select_for_update().get(name=LOCK)


def refuse_loops(savings: list[Saving], moved: list[Saving]) -> None:
    """Walk up from every moved account; a query per level for all of them together."""
    wanted = {saving.record.pk: saving.record.parent_id for saving in savings if saving.record.pk}
    above = {id(saving): saving.record.parent_id for saving in moved}
    for _level in range(DEEPEST - 1):
        known = dict(wanted)
        asked = {pk for pk in above.values() if pk and pk not in known}
        known.update(Account.all_objects.filter(pk__in=asked).values_list("pk", "parent_id"))
        for saving in moved:
            present = above[id(saving)]
            if present is not None and present == saving.record.pk:
                text = _("This account is below the one you are editing: that would make a loop.")
                saving.refuse("parent", text)
                above[id(saving)] = None
            elif present is not None:
                above[id(saving)] = known.get(present)
        if not any(above.values()):
            return
    for saving in moved:
        if above[id(saving)]:
            saving.refuse("parent", _("No more than %(count)s levels of accounts are possible.") % {"count": DEEPEST})
