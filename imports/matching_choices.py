"""What a user chooses between mapping and dry run: whom rows mean, what they may do, who owns what is new."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.records.columns import is_storable
from users.models import User

from .choices import EMPTY_CELLS, POLICIES
from .choosing import keep_choices
from .models import Import
from .owners import NOBODY, may_give_to_nobody, may_own, person_with_id
from .target_list import target_of
from .targets import Target

# A value for every row is a cell like any other, but nobody types a book.
LONGEST_VALUE = 1000


def choose_matching(
    *,
    work: Import,
    actor: User,
    match: Iterable[str],
    policy: str = "",
    empty: str = "",
    related: Mapping[str, str] | None = None,
    owner: str = "",
) -> Import:
    """Choose keys (names of Target.match_keys), policy, what empty cells do, missing records, and the owner.

    "" keeps what was chosen; unknown names are left out. owner: "" for actor, NOBODY or the id of a user. Raises
    ValidationError without any key or for an owner to whom actor may not give records, ImportNotReady once it is
    under way.
    """
    target, before = target_of(work), work.options
    wanted = set(match)
    keys = [name for name, _label in target.match_keys() if name in wanted]
    if not keys and target.match_keys():
        raise ValidationError({"match": _("Choose at least one, or every row becomes a new record.")})
    options = before | {
        "match": keys,
        "policy": policy if policy in POLICIES else before.get("policy", POLICIES[0]),
        "empty": empty if empty in EMPTY_CELLS else before.get("empty", EMPTY_CELLS[0]),
        "related": before.get("related", {}) | allowed_related(target, related or {}),
        "owner": _allowed_owner(target, actor, owner),
    }
    return work if options == before else keep_choices(work, options=options)


def allowed_related(target: Target, related: Mapping[str, str]) -> dict[str, str]:
    """Of {field: answer} what target knows."""
    answers = {name: allowed for name, _label, allowed in target.related()}
    return {name: answer for name, answer in related.items() if answer in answers.get(name, ())}


def _allowed_owner(target: Target, actor: User, choice: str) -> str:
    if not choice or not target.has_owner or choice == str(actor.pk):
        return ""
    if choice == NOBODY:
        is_allowed = may_give_to_nobody(actor, target.record_type)
    else:
        person = person_with_id(choice)
        is_allowed = person is not None and may_own(actor, person, target.record_type)
    if not is_allowed:
        raise ValidationError({"owner": _("You may not give records to that person.")})
    return choice


def give_every_row(*, work: Import, fixed: Mapping[str, str]) -> Import:
    """Give every row these values, {field: text}, where it has none of its own; those before are replaced.

    Fields that cannot have one are left out. Raises ImportNotReady once it is under way.
    """
    groups = target_of(work).fixed_choices(for_cards=work.is_vcard)
    known = {name for _group, choices in groups for name, _label in choices}
    found = {name: text.strip()[:LONGEST_VALUE] for name, text in fixed.items() if name in known and is_storable(text)}
    if found == work.options.get("fixed", {}):
        return work
    return keep_choices(work, options=work.options | {"fixed": found})
