"""Imports a file from the command line through the same pipeline as the pages."""

import json
from collections import Counter
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TextIO

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core.records.columns import is_storable
from core.records.rights import Scope
from imports.access import MAX_ID, imports_of
from imports.command_files import named_file
from imports.command_options import FILE_OPTIONS, WrongOption, add_options, options_of, with_dates
from imports.file_errors import UnusableFile
from imports.mapped_files import MappedFile
from imports.models import Import, figures
from imports.planning import in_chunks
from imports.run import apply_chunk, finish, means_of
from imports.stored_files import keep_file
from imports.target_list import TARGETS
from imports.targets import Target
from imports.undo import UndoNotPossible, undo_now
from setup_values.readiness import missing_for, refusal
from users.models import User


class Console:
    """Whoever works at the server while there is no administrator yet: everything may be seen and written."""

    pk = team = team_id = None
    is_authenticated = is_active = is_administrator = True

    def scope(self, record_type: str, right: str) -> str:
        return Scope.ALL

    def may(self, right: str, record_type: str) -> bool:
        return True


class Command(BaseCommand):
    target: Target
    asked: dict[str, Any]

    help = (
        "Import records from a file, contacts with their accounts and cross-references. Exit status: 0 when it ran, "
        "also when rows have errors; 2 when the file is unusable. With --undo, take an import back instead."
    )

    def add_arguments(self, parser):
        parser.add_argument("entity", nargs="?", choices=[target.plural for target in TARGETS])
        parser.add_argument("file", nargs="?", help="- reads standard input.")
        parser.add_argument(
            "--undo",
            type=int,
            metavar="JOB",
            help="Take back the import with this number; needs no entity and no file.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen, write nothing.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument(
            "--user", default=None, help="E-mail of the user who imports; the first administrator by default."
        )

        add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.work(options)
        except CommandError as error:
            if options["json"]:  # whoever reads the output finds an object there in any case
                with suppress(OSError):
                    self.stdout.write(json.dumps({"error": str(error)}))
            raise

    def work(self, options: dict[str, Any]) -> None:
        """Do what the arguments say; raises CommandError with the exit status."""
        _refuse_mixed(options)
        if options["undo"] is None:
            self.target = next(target for target in TARGETS if target.plural == options["entity"])
            if missing := missing_for(self.target.record_type):
                raise CommandError(refusal(missing), returncode=2)
        self.asked = options
        actor = self.actor(options["user"])
        if options["undo"] is not None:
            self.undo(options["undo"], actor, dry_run=options["dry_run"], as_json=options["json"])
            return
        # The rows of a large file do not fit into memory, and its figures are known when the last one is done.
        with TemporaryFile("w+", encoding="utf-8") as rows:
            facts = self.facts(options, actor, rows)
            rows.seek(0)
            try:
                if options["json"]:
                    self.print_json(facts, rows)
                else:
                    self.report(facts, rows)
            except OSError as error:
                done = "The dry run was done" if options["dry_run"] else "The import was done"
                text = f"{done}, but its report could not be printed: {error.strerror or error}"
                raise CommandError(text, returncode=1) from error

    def facts(self, options: dict[str, Any], actor: User | None, rows: TextIO) -> dict[str, dict[str, Any]]:
        """What `run` answers for the file that the arguments name."""
        try:
            with named_file(options["file"]) as (source, name):
                return self.run(source, name, actor, dry_run=options["dry_run"], rows=rows)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}", returncode=2) from error
        except UnusableFile as error:
            raise CommandError(error.message, returncode=2) from error
        except WrongOption as error:
            raise CommandError(str(error), returncode=2) from error

    def actor(self, email: str | None) -> User | None:
        """The user of that e-mail; without one the first administrator, None while there is none."""
        people = User.objects.select_related("role", "team").filter(is_active=True)
        if email is None:
            return people.filter(role__is_administrator=True).order_by("pk").first()
        user = people.filter(email__iexact=email).first() if is_storable(email) else None
        if user is None:
            raise CommandError(f"There is no active user with the e-mail “{email}”.", returncode=2)
        if self.asked["undo"] is None and not self.target.may_import(user):
            raise CommandError(f"{email} may not create {self.target.plural}.", returncode=2)
        return user

    def undo(self, number: int, actor: User | None, *, dry_run: bool, as_json: bool) -> None:
        """Take an import back, or say what that would do; print the figures."""
        known = Import.objects.all() if actor is None else imports_of(actor)
        work = known.select_related("undo_job").filter(pk=min(number, MAX_ID)).first()
        if work is None:
            raise CommandError(f"There is no import {number}.", returncode=2)
        try:
            undo = undo_now(work=work, actor=actor, dry_run=dry_run)
        except UndoNotPossible as error:
            raise CommandError(_why_not(work), returncode=2) from error
        figures = undo.planned if dry_run else undo.counts
        if as_json:
            facts = {"import": work.pk, "operation": str(work.operation), "undone": not dry_run, "counts": figures}
            self.stdout.write(json.dumps(facts))
            return
        for name, counts in figures.items():
            self.stdout.write(f"{name}: {', '.join(f'{number} {kind}' for kind, number in counts.items()) or 0}")

    def run(
        self, source: BinaryIO, name: str, actor: User | None, *, dry_run: bool, rows: TextIO
    ) -> dict[str, dict[str, Any]]:
        """Import an opened file; returns what --json prints without the rows, which go line by line into `rows`.

        Raises UnusableFile and WrongOption; then nothing was written.
        """
        opened = self.opened(source, actor)
        recognised = {key: opened.recognised.get(key) for key in ("source", "encoding", "delimiter", "header_line")}
        if sheet := opened.recognised.get("sheet"):
            recognised["sheet"] = sheet
        actions: Counter = Counter()
        walk = self.checked if dry_run else self.written
        for planned in walk(opened, name, actor):
            actions.update(plan.action for plan in planned)
            rows.writelines(json.dumps(_row(plan), ensure_ascii=False) + "\n" for plan in planned)
        return {"recognised": recognised, "counts": figures(actions)}

    def opened(self, source: BinaryIO, actor: User | None) -> MappedFile:
        """The file as the arguments want it read."""
        opened = self.target.open(source)
        options = options_of(self.asked, self.target, opened, actor)
        if options:
            source.seek(0)
            opened = self.target.open(source, options)
        dated = with_dates(options, opened, self.asked["dates"])
        if dated != options:
            source.seek(0)
            opened = self.target.open(source, dated)
        return opened

    def checked(self, opened: MappedFile, name: str, actor: User | None):
        """Yield the chunks of a dry run."""
        walk = self.target.walk(actor or Console(), actor, opened.walk_options)
        means = means_of(Import())
        for batch in in_chunks(opened.rows()):
            planned = walk.plan(batch)
            walk.check(planned, means)
            yield planned

    def written(self, opened: MappedFile, name: str, actor: User | None):
        """Yield the chunks as they are written; the import stands in the list of the pages like any other."""
        opened.read_through()
        work = Import(
            entity=self.target.name,
            created_by=actor,
            file_name=name,
            stage=Import.Stage.RUNNING,
            started_at=timezone.now(),
            recognised=opened.recognised,
            options=opened.options,
        )
        opened.source.seek(0)
        keep_file(work, File(opened.source))
        walk = self.target.walk(actor or Console(), actor, opened.walk_options)
        try:
            for batch in in_chunks(opened.rows()):
                planned = walk.plan(batch)
                with transaction.atomic():
                    apply_chunk(work, planned, walk, opened)
                yield planned
        except BaseException as error:
            text = error.message if isinstance(error, UnusableFile) else type(error).__name__
            Import.objects.filter(pk=work.pk).update(stage=Import.Stage.FAILED, error=text)
            raise
        finish(work)

    def print_json(self, facts: dict[str, dict[str, Any]], rows: TextIO) -> None:
        """Print one object on one line; rows: one per line, as JSON."""
        self.stdout.write(json.dumps(facts, ensure_ascii=False)[:-1] + ', "rows": [', ending="")
        for number, row in enumerate(rows):
            self.stdout.write((", " if number else "") + row.rstrip("\n"), ending="")
        self.stdout.write("]}")

    def report(self, facts: dict[str, dict[str, Any]], rows: TextIO) -> None:
        """Print the same for people: figures, then the rows with something to say."""
        for name, value in {**facts["recognised"], **facts["counts"]}.items():
            self.stdout.write(f"{name}: {value}")
        for row in map(json.loads, rows):
            if row["reasons"]:
                self.stdout.write(f"{row['line']}: {row['action']}: {' '.join(row['reasons'])}")


def _refuse_mixed(options: dict[str, Any]) -> None:
    """Refuse arguments that do not go together, so that none is ignored without a word."""
    named = [options[name] for name in ("entity", "file") if options[name] is not None]
    if len(named) != (2 if options["undo"] is None else 0):
        raise CommandError("Name an entity and a file, or an import to --undo, not both.", returncode=2)
    further = [f"--{name}" for name in FILE_OPTIONS if options[name] is not None]
    if further and options["undo"] is not None:
        text = f"{', '.join(further)} cannot be used with --undo, which takes the import back as it was written."
        raise CommandError(text, returncode=2)


def _why_not(work: Import) -> str:
    if work.undone_at is not None:
        return f"Import {work.pk} is undone already."
    if not work.has_started:
        return f"Import {work.pk} has written nothing."
    if not work.has_ended:
        return f"Import {work.pk} has not ended."
    return f"The undo of import {work.pk} is under way."


def _row(plan: Any) -> dict[str, Any]:
    return {
        "line": plan.row.line,
        "action": plan.action,
        "reasons": plan.reasons,
        "values": plan.row.reported(),
    }
