"""What holds for every write of a lead, by form, import, API or workflow alike."""

from django.utils.translation import gettext as _

from core.records.rules import RecordRule
from core.records.saving import Saving
from setup_values.catalogs import value_columns
from setup_values.territories import propose_territory, rules_by_country

from .models import Lead

# Columns that may change on a qualified lead; notes, tasks and files are rows of their own.
OPEN_WHEN_QUALIFIED = frozenset({"owner_id", "team_id", "custom"})
# Means that qualify, disqualify and reactivate by their use cases, bring closed leads along, or take that back.
CLOSING_MEANS = frozenset({"qualification", "import", "demo", "merge", "api", "workflow", "undo"})


class LeadRule(RecordRule):
    """State follows status; a qualified lead is read-only; the territory is proposed from the address."""

    record_types = ("lead",)

    def check(self, savings: list[Saving]) -> None:
        for saving in savings:
            self._state(saving)
            if not saving.is_new:
                self._refuse_qualified(saving)
        self._territories(savings)

    def _state(self, saving: Saving) -> None:
        if not saving.is_changed("status_id"):
            return
        meaning = saving.record.status.meaning
        old = Lead.State.OPEN if saving.is_new else saving.old("state")
        if meaning != old and saving.means.kind not in CLOSING_MEANS:
            saving.refuse("status", _("Use Qualify, Disqualify and Reactivate to close or reopen a lead."))
            return
        saving.record.state = meaning

    def _refuse_qualified(self, saving: Saving) -> None:
        if saving.old("state") != Lead.State.QUALIFIED or saving.means.kind in {"merge", "setup"}:
            return
        touched = set(saving.history_changes()) - OPEN_WHEN_QUALIFIED
        if saving.means.kind == "undo":  # a replaced setup value comes back
            touched -= value_columns(Lead)
        if touched:
            saving.refuse("", _("This lead is qualified: its fields cannot be changed any more."))

    def _territories(self, savings: list[Saving]) -> None:
        """Propose one where an address is new; the rules of the territories are read once for all of them."""
        asking = [saving for saving in savings if self._asks_for_territory(saving)]
        rules = rules_by_country() if asking else {}
        for saving in asking:
            record = saving.record
            record.territory = propose_territory(record.country, record.postcode, rules=rules)

    def _asks_for_territory(self, saving: Saving) -> bool:
        record = saving.record
        moved = saving.is_new or saving.is_changed("country", "postcode")
        return bool(record.territory_id is None and record.country and moved and not saving.is_changed("territory_id"))
