"""What the matching page shows, and in which words the report says what was chosen there."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.models import User

from .choices import BOTH, CLEAR, CREATE_ONLY, KEEP, MAKE, REFUSE, SKIP, UPDATE_ONLY, Choices
from .models import Import
from .owners import NOBODY, may_give_to_nobody, owner_choices, person_with_id
from .run import rights_of
from .target_list import target_of
from .targets import FieldGroups, Target

Label = str | Promise

POLICY_NAMES: dict[str, tuple[Label, Label]] = {
    BOTH: (
        gettext_lazy("Create and update"),
        gettext_lazy("New records are made, existing ones changed."),
    ),
    CREATE_ONLY: (gettext_lazy("Only create"), gettext_lazy("Rows that mean an existing record are left out.")),
    UPDATE_ONLY: (gettext_lazy("Only update"), gettext_lazy("Rows that mean no existing record are left out.")),
}
EMPTY_NAMES: dict[str, tuple[Label, Label]] = {
    KEEP: (gettext_lazy("Keeps the old value"), gettext_lazy("Nothing is taken away.")),
    CLEAR: (
        gettext_lazy("Clears the old value"),
        gettext_lazy("An empty cell of a mapped column empties the field of an existing record."),
    ),
}
RELATED_NAMES: dict[str, Label] = {
    MAKE: gettext_lazy("Create it"),
    SKIP: gettext_lazy("Leave the row without it"),
    REFUSE: gettext_lazy("The row is an error"),
}


def posted(data: Any) -> dict[str, Any]:
    """What choose_matching takes, of a posted form."""
    return {
        "match": data.getlist("match"),
        "policy": data.get("policy", ""),
        "empty": data.get("empty", ""),
        "related": {name[8:]: value for name, value in data.items() if name.startswith("related_")},
        "owner": data.get("owner", ""),
    }


def posted_fixed(work: Import, data: Mapping[str, str]) -> dict[str, str]:
    """What give_every_row takes: the fields of a posted form, one more or one less as its button says."""
    fixed = {name[6:]: value for name, value in data.items() if name.startswith("fixed_")}
    action = data.get("act", "")
    if action == "add-fixed" and data.get("new_fixed"):
        fixed.setdefault(data["new_fixed"], "")
    fixed.pop(action.removeprefix("remove-fixed:"), None)
    known = work.options.get("fixed", {})
    # In the order in which they were added.
    return {name: fixed[name] for name in (*(name for name in known if name in fixed), *fixed)}


def context(work: Import, user: User, chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The questions with what is chosen; chosen: a refused form, as posted() gives it."""
    target, rights = target_of(work), rights_of(work, user)
    options = chosen if chosen is not None else work.options
    choices = Choices.of(options)
    return {
        "keys": [
            {"name": name, "label": label, "hint": target.key_hint(name), "checked": _is_checked(chosen, choices, name)}
            for name, label in _keys(work, target)
        ],
        "policies": _radios(POLICY_NAMES, choices.policy),
        "empties": [] if work.is_vcard else _radios(_empty_names(target), choices.empty),
        "related": [_related(choices, *question) for question in target.related()],
        "owners": _owners(target, rights, str(options.get("owner", "")), is_own=rights.pk == user.pk),
        "points": target.notes(),
        **(fixed_context(work, rights) if work.is_vcard else {}),
    }


def _keys(work: Import, target: Target) -> list[tuple[str, Label]]:
    """The keys that rows of this file can have."""
    return [key for key in target.match_keys() if work.is_vcard or key[0] not in target.card_keys]


def _is_checked(chosen: Mapping[str, Any] | None, choices: Choices, name: str) -> bool:
    return name in chosen["match"] if chosen is not None else choices.uses(name)


def _radios(names: dict[str, tuple[Label, Label]], present: str) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "hint": hint, "checked": value == present}
        for value, (label, hint) in names.items()
    ]


def _empty_names(target: Target) -> dict[str, tuple[Label, Label]]:
    label, hint = EMPTY_NAMES[CLEAR]
    return EMPTY_NAMES | {CLEAR: (label, f"{hint} {target.kept_when_cleared()}")}


def _related(choices: Choices, name: str, label: Label, answers: tuple[str, ...]) -> dict[str, Any]:
    present = choices.missing(name, answers[0])
    return {
        "name": name,
        "label": label,
        "options": [
            {"value": answer, "label": RELATED_NAMES[answer], "checked": answer == present} for answer in answers
        ],
    }


def _owners(target: Target, user: User, present: str, *, is_own: bool) -> list[tuple[str, str, bool]]:
    """(value, label, whether it is chosen) of those to whom user may give records, himself first.

    is_own: whether it is user himself who looks at the page.
    """
    if not target.has_owner:
        return []
    people = [("", _("Me") if is_own else user.name)]
    if may_give_to_nobody(user, target.record_type):
        people.append((NOBODY, _("Nobody")))
    people += [(str(person.pk), person.name) for person in owner_choices(user, target.record_type)]
    return [(value, label, value == present) for value, label in people]


def fixed_context(work: Import, user: User) -> dict[str, Any]:
    """The values for every row with the controls that fit their fields, and the fields that may get one."""
    target, fixed = target_of(work), work.options.get("fixed", {})
    groups = target.fixed_choices(for_cards=work.is_vcard)
    labels = {name: label for _group, choices in groups for name, label in choices}
    return {
        "fixed_values": [
            {
                "name": name,
                "label": labels.get(name) or target.field_label(name),
                "value": text,
                "is_day": name in target.date_fields,
                "choices": _value_options(target, user, name, text),
            }
            for name, text in fixed.items()
        ],
        "fixed_groups": _without(groups, fixed),
    }


def _value_options(target: Target, user: User, name: str, present: str) -> list[tuple[str, Label, bool]]:
    """(text, label, whether it is chosen) of a field with known values; one that is not known any more stays."""
    found = target.value_choices(name, user)
    if found is None:
        return []
    if present and present not in dict(found):
        found = [(present, present), *found]
    return [("", _("Choose a value"), not present), *((text, label, text == present) for text, label in found)]


def _without(groups: FieldGroups, fixed: Mapping[str, str]) -> FieldGroups:
    left = [(group, [choice for choice in choices if choice[0] not in fixed]) for group, choices in groups]
    return [(group, choices) for group, choices in left if choices]


def chosen_facts(work: Import) -> list[tuple[str, str]]:
    """(label, value) of what was chosen, for the report; one query at most."""
    target, choices = target_of(work), Choices.of(work.options)
    keys = [str(label) for name, label in _keys(work, target) if choices.uses(name)]
    facts = [(_("Match on"), ", ".join(keys)), (_("Existing records"), str(POLICY_NAMES[choices.policy][0]))]
    if not work.is_vcard:
        facts.append((_("Empty cell"), str(EMPTY_NAMES[choices.empty][0])))
    facts += [
        (str(label), str(RELATED_NAMES[choices.missing(name, answers[0])])) for name, label, answers in target.related()
    ]
    fixed = [f"{target.field_label(name)}: {text}" for name, text in work.options.get("fixed", {}).items() if text]
    facts.append((_("Value for every row"), ", ".join(fixed)))
    facts.append((_("Owner"), _owner_name(work) if target.has_owner else ""))
    return [fact for fact in facts if fact[1]]


def _owner_name(work: Import) -> str:
    choice = work.options.get("owner", "")
    if choice == NOBODY:
        return _("Nobody")
    person = person_with_id(choice) or work.created_by
    return person.name if person is not None else ""
