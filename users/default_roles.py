"""The four roles that every installation starts with."""

from django.utils.translation import gettext as _

from core.records.rights import Right, Scope

from .models import RIGHT_TYPES, Role


def _same_for_all(**scopes: str) -> dict:
    return {record_type: dict(scopes) for record_type in RIGHT_TYPES}


def default_rights() -> dict[str, dict]:
    """{key: rights} of manager, rep and read-only; the administrator needs none."""
    everything = dict.fromkeys(Right.values, Scope.ALL)
    return {
        "manager": _same_for_all(**everything),
        "rep": _same_for_all(view=Scope.TEAM, create=Scope.ALL, edit=Scope.TEAM, delete=Scope.OWN, export=Scope.ALL),
        "read-only": _same_for_all(view=Scope.ALL),
    }


def ensure_default_roles() -> dict[str, Role]:
    """Create the default roles that are missing, named in the active language; {key: Role} of all four.

    A role that was renamed since keeps its name and its rights.
    """
    names = {
        "administrator": _("Administrator"),
        "manager": _("Manager"),
        "rep": _("Sales rep"),
        "read-only": _("Read-only"),
    }
    rights = default_rights()
    roles = {}
    for key, name in names.items():
        roles[key], _created = Role.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "is_administrator": key == "administrator",
                "rights": rights.get(key, {}),
            },
        )
    return roles
