"""Measures the import: dry run and run of 10,000 contacts of 2,000 companies beside a hand-written bulk_create."""

import base64
import csv
import io
import json
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.memory import Peak

ROWS = 10_000
COMPANIES = 2_000
CARDS = 5_000
PHOTO_CARDS, PHOTO_BYTES = 100, 370_000
BATCH = 500
HEADER = (
    "First Name,Last Name,Company,Job Title,E-mail Address,Business Phone,Mobile Phone,Business Street,Business City,"
    "Business Postal Code,Business Country/Region,Notes"
).split(",")
FIRST = (
    "Ana Luis Íñigo Marta Jon Begoña Nuria Óscar Helen Gareth Colin Beatriz Marc Tomás Edurne Pilar Rosa Joan".split()
)
LAST = "López Zubeldia Peña Ibáñez Marsh Copley Pryce Prado Ruiz Ferrer Salas Gené Soler Whitcombe Lasa Otxoa".split()


def run(database: str) -> list[dict[str, Any]]:
    """Measure on the database that the settings name, in a process of its own for the sake of its memory.

    [{case, database, rows, rows_per_s, peak_mb, ratio_to_bare}]; keys that a case does not have are missing.
    """
    command = [sys.executable, "-m", "bench.imports", database]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    return json.loads(answer.stdout.splitlines()[-1])


def table(rows: int, companies: int, word: str) -> bytes:
    """An Outlook file; word makes its contacts and companies others than those of another word."""
    dice = random.Random(word)
    area = zlib.crc32(word.encode()) % 80
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for n in range(rows):
        name = [dice.choice(FIRST), f"{dice.choice(LAST)} {dice.choice(LAST)}"]
        company = f"{word} Works {n % companies}, S.L."
        phones = [f"{910 + area} {n // 1000:03} {n % 1000:03}", f"{610 + area} {n // 1000:03} {n % 1000:03}"]
        place = [f"Calle Mayor {n}", "Zaragoza", f"{50000 + n % 100}", "Spain"]
        mail = f"p{n}@{word.lower()}{n % companies}.example"
        writer.writerow([*name, company, "Buyer", mail, *phones, *place, f"Met at the fair {n % 7}"])
    return text.getvalue().encode()


def bare(data: bytes, user: Any) -> float:
    """Seconds that a straight script needs for the same business rows, without history, search text or checks."""
    from django.db import transaction

    began = time.perf_counter()
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    own = {"owner": user, "team": user.team, "created_by": user, "changed_by": user}
    with transaction.atomic():
        accounts = _bare_accounts(rows, own)
        contacts = _bare_contacts(rows, own)
        _bare_children(rows, contacts, accounts, user)
    return time.perf_counter() - began


def _insert(rows: list[Any]) -> list[Any]:
    return type(rows[0])._base_manager.bulk_create(rows, batch_size=BATCH)


def _bare_accounts(rows: list[dict[str, str]], own: dict[str, Any]) -> dict[str, Any]:
    from accounts.models import Account
    from core.text.normalise import company_key, fold

    names = dict.fromkeys(row["Company"] for row in rows)
    mark = time.time_ns()
    accounts = [
        Account(name=name, number=f"{mark}-{n}", folded_name=fold(name), company_key=company_key(name), **own)
        for n, name in enumerate(names)
    ]
    return {account.name: account for account in _insert(accounts)}


def _bare_contacts(rows: list[dict[str, str]], own: dict[str, Any]) -> list[Any]:
    from contacts.models import Contact
    from core.text.normalise import fold

    contacts = []
    for row in rows:
        first, last = row["First Name"], row["Last Name"]
        columns = {"full_name": f"{first} {last}", "email": row["E-mail Address"], "phone": row["Business Phone"]}
        columns |= {"sort_name": fold(f"{last} {first}"), "folded_name": fold(columns["full_name"])}
        columns |= {"company_name": row["Company"], "job_title": row["Job Title"], "notes": row["Notes"]}
        contacts.append(Contact(first_name=first, last_name=last, **columns, **own))
    return _insert(contacts)


def _bare_children(rows: list[dict[str, str]], contacts: list[Any], accounts: dict[str, Any], user: Any) -> None:
    from contacts.models import ContactAddress, ContactEmail, ContactPhone, CrossReference
    from core.text.normalise import normalise_email, normalise_phone

    emails, phones, addresses, links = [], [], [], []
    for row, contact in zip(rows, contacts, strict=True):
        mail = row["E-mail Address"]
        emails.append(ContactEmail(parent=contact, value=mail, normalized=normalise_email(mail), is_primary=True))
        for position, (header, kind) in enumerate((("Business Phone", "work"), ("Mobile Phone", "mobile"))):
            number = normalise_phone(row[header], "ES")
            place = {"parent": contact, "position": position, "is_primary": not position}
            phones.append(ContactPhone(value=row[header], normalized=number, kind=kind, **place))
        place = {
            "street": row["Business Street"],
            "city": row["Business City"],
            "postcode": row["Business Postal Code"],
        }
        addresses.append(ContactAddress(parent=contact, country="ES", is_primary=True, **place))
        account = accounts[row["Company"]]
        links.append(CrossReference(contact=contact, account=account, created_by=user, changed_by=user))
    for children in (emails, phones, addresses, links):
        _insert(children)


def cards() -> bytes:
    """Cards as a phone writes them, without photos."""
    lines: list[str] = []
    for n in range(CARDS):
        first, last = FIRST[n % len(FIRST)], LAST[n % len(LAST)]
        lines += ["BEGIN:VCARD", "VERSION:3.0", f"N:{last};{first};;;", f"FN:{first} {last}"]
        lines += [f"ORG:Works {n % 500};Purchasing", "TITLE:Buyer", f"TEL;TYPE=CELL,pref:+34 600 {n:06}"]
        lines += [f"item1.EMAIL;TYPE=INTERNET:p{n}@works.example", "item1.X-ABLabel:_$!<Work>!$_"]
        lines += [f"ADR;TYPE=WORK:;;Calle Mayor {n};Zaragoza;;50001;Spain"]
        lines += [
            "NOTE:Met at the fair\\, asked for the catalogue of valves and\\n for a visit in the",
            "  second week",
        ]
        lines += [f"UID:{n:08}-0000", "END:VCARD"]
    return "\r\n".join(lines).encode()


def photo_cards() -> bytes:
    """50 MB of cards as a phone writes them with their photos, folded at 75 characters."""
    dice = random.Random("photos")
    blocks: list[bytes] = []
    for n in range(PHOTO_CARDS):
        photo = base64.b64encode(b"\xff\xd8\xff\xe0" + dice.randbytes(PHOTO_BYTES)).decode()
        text = f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}"
        folded = "\r\n ".join(text[start : start + 74] for start in range(0, len(text), 74))
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:{LAST[n % len(LAST)]} {n};{FIRST[n % len(FIRST)]};;;"]
        lines += [f"FN:{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]} {n}", folded, "END:VCARD", ""]
        blocks.append("\r\n".join(lines).encode())
    return b"".join(blocks)


def imported(data: bytes, user: Any) -> Iterator[float]:
    """Seconds of the dry run and of the run of a file, by the jobs that the pages start."""
    from django.core.files.base import ContentFile

    from core.jobs.runner import run_job
    from imports.choosing import bring_file
    from imports.models import Import
    from imports.run import start_check, start_run

    work = bring_file(source=ContentFile(data), name="bench.csv", actor=user)
    for start, column in ((start_check, "check_job_id"), (start_run, "job_id")):
        work = start(work=work, actor=user)
        began = time.perf_counter()
        run_job.func(getattr(work, column))
        yield time.perf_counter() - began
        work = Import.objects.get(pk=work.pk)
    if work.stage != "finished" or work.counts["created"] != work.counts["rows"]:
        raise RuntimeError(f"The import did not write every row: {work.stage} {work.counts} {work.error}")


def measure(database: str) -> list[dict[str, Any]]:
    """All cases; the import comes first, so that its memory is its own, and the bare script runs twice."""
    from contacts.vcard import read_cards
    from setup_values.models import Firm
    from users.default_roles import ensure_default_roles
    from users.models import User

    if not Firm.objects.exists():
        Firm.objects.create(id=1, name="Bench", country="ES", currency="EUR")
    user = User.objects.filter(email="imports@bench.example").first() or User.objects.create_user(
        "imports@bench.example", name="Bench", role=ensure_default_roles()["manager"]
    )
    mark = f"{time.time_ns() % 10**9:x}".upper()
    list(imported(table(50, 10, f"Warm{mark}"), user))
    data = table(ROWS, COMPANIES, f"Import{mark}")
    with Peak() as peak:
        dry, real = imported(data, user)
    straight = sum(bare(table(ROWS, COMPANIES, f"Bare{part}{mark}"), user) for part in range(2)) / 2
    stack = cards()
    began = time.perf_counter()
    count = sum(1 for _card in read_cards(stack))
    reading = time.perf_counter() - began

    def result(case: str, seconds: float, rows: int = ROWS, **more: float) -> dict[str, Any]:
        return {"case": case, "database": database, "rows": rows, "rows_per_s": round(rows / seconds), **more}

    ratio = round((dry + real) / straight, 2)
    return [
        result("import: bare bulk_create", straight),
        result("import: dry run", dry, ratio_to_bare=round(dry / straight, 2)),
        result("import: run", real, ratio_to_bare=round(real / straight, 2)),
        result("import: dry run and run", dry + real, ratio_to_bare=ratio, peak_mb=peak.megabytes),
        result("import: vCards read", reading, count),
    ]


if __name__ == "__main__":
    import django

    from crm_project.collector import look_seldom

    look_seldom()
    django.setup()
    print(json.dumps(measure(sys.argv[1])))
