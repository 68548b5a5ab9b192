"""Imports a file from the command line through the same pipeline as the pages."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from imports.contact_files import open_contact_file
from imports.file_errors import UnusableFile
from imports.models import Import, figures
from imports.planning import Planned, Planner
from imports.run import means_of
from imports.writing import check_chunk, write_chunk
from users.models import User


class Command(BaseCommand):
    help = "Import contacts (with accounts and cross-references) from a CSV or vCard file."

    def add_arguments(self, parser):
        parser.add_argument("entity", choices=["contacts"])
        parser.add_argument("file")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen, write nothing.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        parser.add_argument("--user", default="", help="E-mail of the user who imports; an administrator by default.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        actor = self.actor(options["user"])
        try:
            with path.open("rb") as source:
                result = self.run(source, path, actor, dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=2) from error
        except UnusableFile as error:
            raise CommandError(error.message, returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.report(result)

    def actor(self, email: str) -> User:
        people = User.objects.select_related("role", "team").filter(is_active=True)
        found = people.filter(email__iexact=email) if email else people.filter(role__is_administrator=True)
        user = found.order_by("pk").first()
        if user is None:
            raise CommandError("There is no such active user; create the first administrator first.", returncode=2)
        return user

    def run(self, source: Any, path: Path, actor: User, *, dry_run: bool) -> dict[str, Any]:
        opened = open_contact_file(source)
        recognised = {name: opened.recognised.get(name) for name in ("source", "encoding", "delimiter", "header_line")}
        work = Import(created_by=actor, file_name=path.name[:200], size=path.stat().st_size, recognised=opened.recognised)
        if not dry_run:
            work.file.save(path.name, File(source), save=False)
            work.stage = Import.Stage.RUNNING
            work.save()
        means = means_of(work)
        actions: Counter = Counter()
        also: Counter = Counter()
        rows: list[dict[str, Any]] = []
        for planned in Planner(actor).chunks(opened.rows()):
            if dry_run:
                check_chunk(planned, actor=actor, means=means)
            else:
                with transaction.atomic():
                    also.update(write_chunk(planned, actor=actor, means=means))
            actions.update(plan.action for plan in planned)
            rows += [_row(plan) for plan in planned]
        counts = figures(actions)
        if not dry_run:
            Import.objects.filter(pk=work.pk).update(
                stage=Import.Stage.FINISHED, counts={"actions": actions, **counts}, also_written=also
            )
        return {"recognised": recognised, "counts": counts, "rows": rows}

    def report(self, result: dict[str, Any]) -> None:
        for name, value in {**result["recognised"], **result["counts"]}.items():
            self.stdout.write(f"{name}: {value}")
        for row in result["rows"]:
            if row["reasons"]:
                self.stdout.write(f"{row['line']}: {row['action']}: {' '.join(row['reasons'])}")


def _row(plan: Planned) -> dict[str, Any]:
    return {"line": plan.row.line, "action": plan.action, "reasons": plan.reasons, "values": plan.row.reported()}
