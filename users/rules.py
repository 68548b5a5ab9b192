"""What holds for every record that belongs to somebody: its team follows its owner."""

from core.records.rules import RecordRule
from core.records.saving import Saving

from .models import RIGHT_TYPES, User


class TeamFollowsOwner(RecordRule):
    """A new owner brings the own team along, unless the team is set with it; without owner the team stays."""

    record_types = RIGHT_TYPES

    def check(self, savings: list[Saving]) -> None:
        moved = [
            saving
            for saving in savings
            if saving.record.owner_id and saving.is_changed("owner_id") and not saving.is_changed("team_id")
        ]
        missing = {saving.record.owner_id for saving in moved if "owner" not in saving.record._state.fields_cache}
        teams = dict(User.objects.filter(pk__in=missing).values_list("pk", "team_id")) if missing else {}
        for saving in moved:
            record = saving.record
            record.team_id = teams[record.owner_id] if record.owner_id in teams else record.owner.team_id
