"""The one write door: no record is written around `core.records`."""

import ast

from tests.architecture.imports import ROOMS
from tests.architecture.tree import Source

WRITES = {
    "save",
    "delete",
    "create",
    "bulk_create",
    "bulk_update",
    "update",
    "get_or_create",
    "update_or_create",
}
ASYNC_WRITES = {"a" + name for name in WRITES}
# Receivers by name that are no records: caches, sessions, files, query parameters.
NO_RECORDS = {
    "cache",
    "session",
    "storage",
    "default_storage",
    "hashlib",
    "headers",
    "GET",
    "POST",
    "workbook",
}

# (file, function): why a write there is not a write of a record, or may go around the door.
ALLOWED: dict[tuple[str, str], str] = {
    ("users/models.py", "UserManager.create_user"): "users are no records",
}


def around_the_door(source: Source, record_names: set[str], other_models: set[str]) -> list[str]:
    """Writes outside core/records, unless plainly of another model; `record_names` are record classes.

    A chain that begins with another model's class (`Job.objects.filter(...).update(...)`) is sound, one that
    begins with a record's class is not. One that begins with a variable needs its reason in ALLOWED.
    """
    if source.room not in ROOMS or source.path.startswith("core/records/"):
        return []
    found = []
    for function, call in calls(source.tree):
        root = root_of(call.func)
        if root in other_models and root not in record_names:
            continue
        if root not in record_names and (is_plain(call) or (source.path, function) in ALLOWED):
            continue
        found.append(f"{source.path}:{call.lineno} {function}: {ast.unparse(call.func)[-60:]}()")
    return found


def calls(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """Every call of a writing method with the dotted name of the function it stands in."""
    found: list[tuple[str, ast.Call]] = []

    def walk(node: ast.AST, inside: tuple[str, ...]) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = (*inside, node.name)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITES | ASYNC_WRITES:
            found.append((".".join(inside), node))
        for child in ast.iter_child_nodes(node):
            walk(child, inside)

    walk(tree, ())
    return found


def root_of(node: ast.expr) -> str:
    """The name that a chain of attributes and calls begins with: "super" for super(), "" for a literal."""
    while True:
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            return node.id if isinstance(node, ast.Name) else ""


def is_plain(call: ast.Call) -> bool:
    """Calls that only look like writes: `super().save()`, `dictionary.update(other)`, a cache, a session."""
    if root_of(call.func) == "super":
        return True
    receiver = call.func.value
    last = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    if last in NO_RECORDS:
        return True
    return call.func.attr == "update" and not call.keywords
