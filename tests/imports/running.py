"""What the tests of the pipeline share: tables and cards as texts, and imports that run without a worker."""

import csv
import io
from typing import Any

from django.core.files.base import ContentFile

from contacts.models import Contact
from core.jobs.models import Job
from core.jobs.runner import run_job
from imports.choosing import bring_file
from imports.models import Import, ImportRow
from imports.run import start_check, start_run
from users.models import User

FIGURES = ("created", "updated", "skipped", "unchanged", "errors")


def table(*rows: dict[str, str]) -> bytes:
    """A CSV file whose columns are the keys of all rows, in the order in which they come up."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def person(first: str, last: str, **more: str) -> dict[str, str]:
    """A row of an Outlook file; `email`, `company` and the like are short for its headers."""
    headers = {
        "email": "E-mail Address",
        "company": "Company",
        "phone": "Business Phone",
        "job": "Job Title",
        "notes": "Notes",
    }
    return {"First Name": first, "Last Name": last, **{headers.get(name, name): text for name, text in more.items()}}


def card(*lines: str, name: str = "") -> str:
    """A vCard 3.0 with these lines; name fills FN."""
    shown = [f"FN:{name}"] if name else []
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *shown, *lines, "END:VCARD", ""])


def bring(
    actor: User, content: bytes | str, name: str = "contacts.csv", *, entity: str = "contact", **options: Any
) -> Import:
    """An uploaded file, not yet looked into by a dry run."""
    data = content.encode() if isinstance(content, str) else content
    work = bring_file(source=ContentFile(data), name=name, actor=actor, entity=entity)
    if options:
        Import.objects.filter(pk=work.pk).update(options=options)
        work.refresh_from_db()
    return work


def check(work: Import) -> Import:
    """Do the dry run now."""
    work = start_check(work=work, actor=work.created_by)
    run_job.func(work.check_job_id)
    return Import.objects.get(pk=work.pk)


def run(work: Import) -> Import:
    """Do the run now."""
    work = start_run(work=work, actor=work.created_by)
    run_job.func(work.job_id)
    return Import.objects.get(pk=work.pk)


def go(actor: User, content: bytes | str, **options: Any) -> Import:
    """Bring a file, do the dry run, which must foresee what the run does, and run it."""
    work = check(bring(actor, content, **options))
    foreseen = outcome(work, is_planned=True)
    work = run(work)
    assert work.stage == Import.Stage.FINISHED, work.error
    assert outcome(work) == foreseen
    assert work.counts["actions"] == work.planned["actions"]
    assert sum(work.counts[name] for name in FIGURES) == work.counts["rows"] == work.rows.count()
    return work


def outcome(work: Import, *, is_planned: bool = False) -> list[tuple[int, str, list[str]]]:
    """[(line, action, reasons)] of every row."""
    rows = ImportRow.objects.filter(parent=work, is_planned=is_planned).order_by("number")
    return list(rows.values_list("line", "action", "reasons"))


def actions(work: Import) -> list[str]:
    """The action of every row in file order."""
    return [action for _line, action, _reasons in outcome(work)]


def reasons(work: Import) -> list[str]:
    """Everything that was said about the rows."""
    return [reason for _line, _action, said in outcome(work) for reason in said]


def names() -> list[str]:
    """The names of all contacts in alphabetical order."""
    return sorted(Contact.objects.values_list("full_name", flat=True))


def abandon(job: Job) -> None:
    """Put a job whose worker was killed back into the queue, as the reaper does."""
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING, run_token=None)


def the(name: str) -> Contact:
    """The only contact of that name."""
    return Contact.objects.get(full_name=name)


ANA = person("Ana", "Ruiz", email="ana@montsant.example", company="Química Montsant, S.L.", job="Buyer")
