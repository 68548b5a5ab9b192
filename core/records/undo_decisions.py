"""Decides what an undo does with each record of an operation; the plan and the undo itself ask the same questions."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from .models import Change, Record
from .pointers import Key, Pointer, pointing_at
from .registry import record_model
from .rights import Right
from .rules import rules_for
from .undo_log import KeptRecord, Undo

Reason = KeptRecord.Reason
POINTING = 1000


@dataclass(slots=True)
class Step:
    """A change of the operation as far as its undo asks for it; `before` is filled for updates only."""

    pk: int
    kind: str
    record_type: str
    record_id: int
    record_version: int
    actor_id: int | None
    before: dict[str, Any]


def steps(rows: QuerySet[Change]) -> list[Step]:
    """These changes, read without building a model instance for each."""
    found = rows.values_list("pk", "kind", "record_type", "record_id", "record_version", "actor")
    return [Step(*values, before={}) for values in found]


@dataclass
class Reverts:
    """What changed records get back: {record type: {id: {field: old value}}}, and what stays."""

    values: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    kept: list[KeptRecord] = field(default_factory=list)


@dataclass
class Removals:
    """Which created records go into the trash, {record type: [id]}, and which stay."""

    goes: dict[str, list[int]] = field(default_factory=dict)
    kept: list[KeptRecord] = field(default_factory=list)


class Decisions:
    """Answers for one undo and the user who wants it; chunk by chunk, from the end of the history backwards."""

    def __init__(self, undo: Undo, actor: Any) -> None:
        self.undo = undo
        self.actor = actor
        self.own = (undo.operation, undo.own_operation)

    # --- records that it changed ---------------------------------------------------------------

    def reverts(self, changes: list[Step]) -> Reverts:
        """Of these updates: which fields get their old values, which stay because somebody changed them since.

        Updates of records that the operation itself created are left out: those go as a whole.
        """
        found = Reverts()
        for record_type, updates in _by_type(changes, Change.Kind.UPDATE).items():
            ids = {change.record_id for change in updates}
            ids -= self._created(record_type, ids)
            self._decide_updates(found, record_type, [change for change in updates if change.record_id in ids])
        return found

    def _decide_updates(self, found: Reverts, record_type: str, updates: list[Step]) -> None:
        model = record_model(record_type)
        first: dict[int, int] = {}
        versions: dict[int, int] = {}
        for change in updates:
            first[change.record_id] = min(change.pk, first.get(change.record_id, change.pk))
            versions.setdefault(change.record_id, change.record_version)
        present = dict(model.all_objects.filter(pk__in=first).values_list("pk", "version"))
        suspects = {pk: first[pk] for pk, version in present.items() if version != versions[pk]}
        touched = self._touched(record_type, suspects)
        # A record that moved to other hands since counts as touched: then the rights of the user are asked.
        own = self._by_the_actor(updates) - touched.keys()
        allowed = own | self._allowed(model, list(present.keys() - own), Right.EDIT)
        stays: dict[int, dict[str, None]] = defaultdict(dict)
        for change in updates:
            pk = change.record_id
            if pk not in present:
                continue
            values = found.values[record_type].setdefault(pk, {})
            for name, old in change.before.items():
                if pk not in allowed or any(at > change.pk and name in names for at, names in touched.get(pk, ())):
                    stays[pk][name] = None
                elif name not in stays[pk]:
                    values[name] = old
        for pk, names in stays.items():
            if names:
                reason = Reason.CHANGED if pk in allowed else Reason.RIGHTS
                found.kept.append(self.kept((record_type, pk), reason, fields=list(names)))

    # --- records that it created ---------------------------------------------------------------

    def removals(self, changes: list[Step]) -> Removals:
        """Of these creations: which records go into the trash, which stay because they are needed.

        One stays when somebody changed it since, when a record points at it that stays itself, or when it
        belongs together with one that stays; so on until no further one is held.
        """
        candidates: dict[Key, KeptRecord | None] = {}
        for record_type, created in _by_type(changes, Change.Kind.CREATE).items():
            rows = {change.record_id: change for change in created}
            candidates |= self._own_reasons(record_type, rows)
        users: dict[Key, list[Key]] = defaultdict(list)
        for record_type, ids in _ids_by_type(candidates).items():
            self._look_for_users(record_type, ids, candidates, users)
            self._look_for_owners(record_type, ids, candidates, users)
        _spread(candidates, users, self)
        removals = Removals()
        for (record_type, pk), kept in candidates.items():
            if kept is None:
                removals.goes.setdefault(record_type, []).append(pk)
            else:
                removals.kept.append(kept)
        return removals

    def _own_reasons(self, record_type: str, created: dict[int, Step]) -> dict[Key, KeptRecord | None]:
        """{record: why it stays by itself, None when it may go}; what is in the trash already is left out."""
        model = record_model(record_type)
        versions = dict(model.objects.filter(pk__in=created).values_list("pk", "version"))
        ids = list(versions)
        suspects = {pk: created[pk].pk for pk in ids if versions[pk] != created[pk].record_version}
        touched = self._touched(record_type, suspects)
        own = self._by_the_actor(created.values())
        allowed = own | self._allowed(model, [pk for pk in ids if pk not in own], Right.DELETE)
        found: dict[Key, KeptRecord | None] = {(record_type, pk): None for pk in ids}
        for rule in rules_for(record_type) if ids else ():
            for pk, text in rule.must_stay(record_type, ids).items():
                found[record_type, pk] = self.kept((record_type, pk), Reason.REFUSED, text=text)
        for pk in ids:
            if touched.get(pk):
                found[record_type, pk] = self.kept((record_type, pk), Reason.CHANGED)
            elif pk not in allowed:
                found[record_type, pk] = self.kept((record_type, pk), Reason.RIGHTS)
        return found

    def _look_for_users(
        self,
        record_type: str,
        ids: list[int],
        candidates: dict[Key, KeptRecord | None],
        users: dict[Key, list[Key]],
    ) -> None:
        """Note who points at these records: other candidates in `users`; whoever stays anyway holds them at once."""
        found = pointing_at(record_model(record_type), ids)
        while rows := list(islice(found, POINTING)):
            unknown = []
            for pointer, source, target in rows:
                user, used = (pointer.model.record_type(), source), (record_type, target)
                if user in candidates:
                    users[user].append(used)
                elif candidates[used] is None and user != used:
                    unknown.append((pointer, source, target))
            for pointer, source, target in self._staying(unknown):
                used = (record_type, target)
                if candidates[used] is None:
                    candidates[used] = self.kept(used, Reason.USED, other=(pointer.model.record_type(), source))

    def _staying(self, rows: list[tuple[Pointer, int, int]]) -> Iterable[tuple[Pointer, int, int]]:
        """Those rows whose pointing record will neither go with this undo nor point elsewhere afterwards."""
        sources: dict[str, set[int]] = defaultdict(set)
        for pointer, source, _target in rows:
            sources[pointer.model.record_type()].add(source)
        for record_type, ids in sources.items():
            created = self._created(record_type, ids)
            kept = dict(self._kept_rows(record_type, ids).values_list("record_id", "fields"))
            written = self._written(record_type, ids - created)
            for pointer, source, target in rows:
                if pointer.model.record_type() != record_type:
                    continue
                name = pointer.name_in_history
                if source in created:
                    if source in kept:
                        yield pointer, source, target
                elif (source, name) not in written or name in kept.get(source, ()):
                    yield pointer, source, target

    def _look_for_owners(
        self,
        record_type: str,
        ids: list[int],
        candidates: dict[Key, KeptRecord | None],
        users: dict[Key, list[Key]],
    ) -> None:
        """What belongs together with a created record that stays (Record.KEPT_WITH) stays with it."""
        model = record_model(record_type)
        for name in model.KEPT_WITH:
            column = model._meta.get_field(name)
            target = column.related_model
            owners: dict[int, list[int]] = defaultdict(list)
            free = [pk for pk in ids if candidates[record_type, pk] is None]
            for pk, owner in model.objects.filter(pk__in=free).values_list("pk", column.attname):
                if owner is not None:
                    owners[owner].append(pk)
            holding = self._staying_owners(target, set(owners), candidates)
            for owner, parts in owners.items():
                for pk in parts:
                    if (target.record_type(), owner) in candidates:
                        users[target.record_type(), owner].append((record_type, pk))
                    elif owner in holding:
                        kept = self.kept((record_type, pk), Reason.TOGETHER, other=(target.record_type(), owner))
                        candidates[record_type, pk] = kept

    def _staying_owners(self, model: type[Record], ids: set[int], candidates: dict[Key, KeptRecord | None]) -> set[int]:
        """Which of these records, created by the operation and not looked at yet, will stay."""
        record_type = model.record_type()
        later = {pk for pk in ids if (record_type, pk) not in candidates}
        rows = Change.objects.filter(operation=self.undo.operation, kind=Change.Kind.CREATE, record_type=record_type)
        created = {change.record_id: change for change in steps(rows.filter(record_id__in=later))} if later else {}
        if not created:
            return set()
        owners = self._own_reasons(record_type, created)
        self._look_for_users(record_type, [pk for _type, pk in owners], owners, defaultdict(list))
        return {pk for (_type, pk), kept in owners.items() if kept is not None}

    # --- what both ask -------------------------------------------------------------------------

    def kept(
        self, key: Key, reason: Reason, *, fields: list[str] | None = None, text: str = "", other: Key | None = None
    ) -> KeptRecord:
        """The note that a record stays, not yet stored."""
        other_type, other_id = other or ("", None)
        return KeptRecord(
            undo=self.undo,
            record_type=key[0],
            record_id=key[1],
            reason=reason,
            fields=fields or [],
            text=text[:300],
            other_type=other_type,
            other_id=other_id,
        )

    def _by_the_actor(self, changes: Collection[Step]) -> set[int]:
        """Records on which all that the operation did was done by the user who takes it back.

        As long as nobody touched them since, they are his to take back, whomever they belong to now: an import that
        gave its records to a colleague is undone by whoever ran it.
        """
        if self.actor is None:
            return set()
        others = {change.record_id for change in changes if change.actor_id != self.actor.pk}
        return {change.record_id for change in changes} - others

    def _allowed(self, model: type[Record], ids: list[int], right: str) -> set[int]:
        if self.actor is None or not ids:
            return set(ids)
        rows = model.all_objects.allowed_to(self.actor, right).filter(pk__in=ids)
        return set(rows.values_list("pk", flat=True))

    def _created(self, record_type: str, ids: Iterable[int]) -> set[int]:
        """Which of these the operation created."""
        rows = self._of_operation(record_type, ids).filter(kind=Change.Kind.CREATE)
        return set(rows.values_list("record_id", flat=True)) if ids else set()

    def _written(self, record_type: str, ids: Iterable[int]) -> set[tuple[int, str]]:
        """(id, field) of what the operation changed on records that were there before."""
        rows = self._of_operation(record_type, ids).filter(kind=Change.Kind.UPDATE) if ids else ()
        return {(change.record_id, name) for change in rows for name in change.after}

    def _of_operation(self, record_type: str, ids: Iterable[int]):
        return Change.objects.filter(
            operation=self.undo.operation, record_type=record_type, record_id__in=list(ids)
        ).order_by()

    def _kept_rows(self, record_type: str, ids: Iterable[int]):
        return KeptRecord.objects.filter(undo=self.undo, record_type=record_type, record_id__in=list(ids))

    def _touched(self, record_type: str, since: dict[int, int]) -> dict[int, list[tuple[int, set[str]]]]:
        """{id: [(change, fields)]} of what others changed after the given changes and has not been undone since."""
        if not since:
            return {}
        rows = Change.objects.filter(
            record_type=record_type, record_id__in=list(since), kind=Change.Kind.UPDATE, pk__gt=min(since.values())
        ).exclude(operation__in=self.own)
        changes = [change for change in rows.order_by("pk") if change.pk > since[change.record_id]]
        operations = {change.operation for change in changes}
        undone = Undo.objects.filter(Q(operation__in=operations) | Q(own_operation__in=operations))
        gone = {
            one for pair in undone.exclude(finished_at=None).values_list("operation", "own_operation") for one in pair
        }
        touched: dict[int, list[tuple[int, set[str]]]] = defaultdict(list)
        for change in changes:
            if change.operation not in gone:
                touched[change.record_id].append((change.pk, set(change.after)))
        return touched


def _by_type(changes: list[Step], kind: str) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for change in changes:
        if change.kind == kind:
            found[change.record_type].append(change)
    return found


def _ids_by_type(keys: Iterable[Key]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for record_type, pk in keys:
        found[record_type].append(pk)
    return found


def _spread(candidates: dict[Key, KeptRecord | None], users: dict[Key, list[Key]], decisions: Decisions) -> None:
    """Whoever stays holds what it points at, and what belongs together with it."""
    queue = [key for key, kept in candidates.items() if kept is not None]
    while queue:
        user = queue.pop()
        for used in users.get(user, ()):
            if candidates[used] is None:
                reason = Reason.TOGETHER if user[0] in _owner_types(used[0]) else Reason.USED
                candidates[used] = decisions.kept(used, reason, other=user)
                queue.append(used)


def _owner_types(record_type: str) -> set[str]:
    model = record_model(record_type)
    return {model._meta.get_field(name).related_model.record_type() for name in model.KEPT_WITH}
