"""Who may import whom: rooms from the foundation up, and inside the foundation its parts."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import Source

# From the foundation up, as in INSTALLED_APPS; a test holds the two lists together.
ROOMS = (
    "core",
    "users",
    "setup_values",
    "activities",
    "duplicates",
    "accounts",
    "contacts",
    "opportunities",
    "leads",
    "workspace",
    "imports",
)
CORE_PARTS = ("text", "records", "jobs", "pages")
# A library that shapes every page or row is used in one folder, so that it can be replaced there.
LIBRARY_HOMES = {
    "django_filters": ("core/pages/",),
    "import_export": ("core/", "setup_values/admin.py", "setup_values/resources.py"),
    "nameparser": ("core/text/", "contacts/", "imports/", "leads/"),
    "phonenumbers": ("core/text/",),
}


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import of a module, also of those inside functions."""
    package = source.path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not source.path.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for name in node.names:
                yield node.lineno, f"{base}.{name.name}"


def against_order(source: Source) -> list[str]:
    """Imports of a later room, and of what stands above all rooms."""
    if source.room not in ROOMS:
        return []
    allowed = ROOMS[: ROOMS.index(source.room) + 1]
    not_ours = {*ROOMS, "crm_project", "tests", "bench"} - set(allowed)
    return [f"{source.path}:{line} imports {name}" for line, name in imported(source) if name.split(".")[0] in not_ours]


def against_core_order(source: Source) -> list[str]:
    """Imports between the parts of core against their order; modules beside the parts may use all of them."""
    parts = source.path.split("/")
    if source.room != "core" or len(parts) < 3 or parts[1] not in CORE_PARTS:
        return []
    later = CORE_PARTS[CORE_PARTS.index(parts[1]) + 1 :]
    return [
        f"{source.path}:{line} imports {name}"
        for line, name in imported(source)
        if name.startswith(tuple(f"core.{part}." for part in later)) or name in {f"core.{part}" for part in later}
    ]


def outside_home(source: Source) -> list[str]:
    """Imports of a library outside its folder."""
    if source.room not in ROOMS:
        return []
    return [
        f"{source.path}:{line} imports {name}"
        for line, name in imported(source)
        for library, homes in LIBRARY_HOMES.items()
        if name.split(".")[0] == library and not source.path.startswith(homes)
    ]
