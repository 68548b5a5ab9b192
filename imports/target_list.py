"""All targets of imports, in the order in which pages offer them."""

from typing import Any

from .contact_target import ContactTarget
from .record_target import CATALOG_TARGETS, ENTITY_TARGETS
from .targets import Target

TARGETS: tuple[Target, ...] = (ContactTarget(), *ENTITY_TARGETS, *CATALOG_TARGETS)
_BY_NAME = {target.name: target for target in TARGETS}


def target_named(name: str) -> Target | None:
    """The target of that name, None for an unknown one."""
    return _BY_NAME.get(name)


def target_of(work: Any) -> Target:
    """The target of an import."""
    return _BY_NAME[work.entity]


# Which targets take the records that a program writes (Profile.record).
_RECORDS = {
    "contact": ("contact",),
    "lead": ("lead",),
    "account": ("prospect", "customer", "account"),
    "opportunity": ("opportunity",),
}


def better_targets(work: Any, user: Any) -> list[Target]:
    """What the file seems to hold instead of what it was brought as, as far as user may import it; [] when it fits."""
    fitting = _RECORDS.get(work.recognised.get("record") or "", ())
    if not fitting or work.entity in fitting:
        return []
    return [target for name in fitting if (target := _BY_NAME[name]).may_import(user)]


def targets_for(user: Any) -> list[Target]:
    """What user may import."""
    return [target for target in TARGETS if target.may_import(user)]
