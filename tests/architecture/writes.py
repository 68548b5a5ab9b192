"""The one write door: no record is written around `core.records`."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

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
# Receivers by name that are no records: caches, sessions, files, query parameters, the door itself.
NO_RECORDS = {"cache", "door", "session", "storage", "default_storage", "headers", "GET", "POST"}

# (file, function): why a write there is not a write of a record, or may go around the door.
ALLOWED: dict[tuple[str, str], str] = {
    ("users/models.py", "UserManager.create_user"): "users are no records",
    ("users/administration.py", "_save"): "users, teams and roles are no records",
    ("users/first_administrator.py", "create_first_administrator"): "the one-time link is no record",
    ("users/views.py", "profile"): "users are no records",
}


@dataclass(frozen=True)
class Write:
    """One call that looks like a write, the dotted function it stands in, what its local names are."""

    function: str
    call: ast.Call
    own_class: str
    kinds: dict[str, str]

    @property
    def method(self) -> str:
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.attr

    @property
    def receiver(self) -> ast.expr:
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.value


def around_the_door(source: Source, records: set[str], others: set[str]) -> list[str]:
    """Writes outside core/records, unless plainly of another model; both sets hold names of model classes.

    A chain that begins with another model (`Job.objects.filter(...).update(...)`), or with a name that the
    function assigned from one or annotated with one, is sound. One that begins with a record class is not;
    one that begins with anything unknown needs its reason in ALLOWED.
    """
    if source.room not in ROOMS or source.path.startswith("core/records/"):
        return []
    return [
        f"{source.path}:{write.call.lineno} {write.function}: {ast.unparse(write.call.func)[-60:]}()"
        for write in writes(source.tree)
        if not is_sound(write, records, others) and (source.path, write.function) not in ALLOWED
    ]


def is_sound(write: Write, records: set[str], others: set[str]) -> bool:
    """Whether a call is no write at all, or the write of a model that is no record."""
    root = root_of(write.receiver)
    kind = write.kinds.get(root, root)
    if kind in records:
        return False
    if kind in others or root == "super":
        return True
    if root == "self" and isinstance(write.receiver, ast.Name):
        return write.own_class not in records
    if root in NO_RECORDS or getattr(write.receiver, "attr", "") in NO_RECORDS:
        return True
    keywords = {keyword.arg for keyword in write.call.keywords}
    # Whoever takes an actor is a use case or a form of ours, never a method of Django's models.
    return "actor" in keywords or (write.method == "update" and not keywords)


def writes(tree: ast.Module) -> Iterator[Write]:
    """Every call of a writing method."""
    yield from writes_in(tree, (), "", {})


def writes_in(node: ast.AST, inside: tuple[str, ...], own_class: str, kinds: dict[str, str]) -> Iterator[Write]:
    """The writes below one node, which stands in the functions and classes `inside`."""
    if isinstance(node, ast.ClassDef):
        inside, own_class = (*inside, node.name), node.name
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inside, kinds = (*inside, node.name), kinds | local_kinds(node)
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITES | ASYNC_WRITES:
        yield Write(".".join(inside), node, own_class, kinds)
    for child in ast.iter_child_nodes(node):
        yield from writes_in(child, inside, own_class, kinds)


def local_kinds(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Local name to the class that its value begins with: annotated arguments, assignments, loops."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    kinds = {argument.arg: root_of(argument.annotation) for argument in arguments if argument.annotation is not None}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kinds[node.targets[0].id] = known_root(node.value, kinds)
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            kinds[node.target.id] = known_root(node.iter, kinds)
    return {name: kind for name, kind in kinds.items() if kind and kind != name}


def known_root(value: ast.expr, kinds: dict[str, str]) -> str:
    """What a value begins with, through names that are known already."""
    root = root_of(value)
    return kinds.get(root, root)


def root_of(node: ast.expr) -> str:
    """The name that a chain of attributes, calls and look-ups begins with; "" when it begins with no name."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.BoolOp):
            node = node.values[0]
        elif isinstance(node, ast.IfExp):
            node = node.body
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else ""
