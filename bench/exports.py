"""Measures exports of all contacts: CSV and workbook with all fields, the columns of the list, vCards; no server."""

import time

from django.conf import settings
from django.test import Client

from bench.memory import most_mb
from contacts.models import Contact
from users.models import User

CASES = {
    "export, csv": "format=csv&columns=all",
    "export, xlsx": "format=xlsx&columns=all",
    "export, view": "format=csv&columns=view",
    "export, vcard": "format=vcard3",
}


def measure(user: User, database: str) -> list[dict]:
    """[{case, database, rows, rows_per_s, peak_mb}]; the peak is that of the process so far."""
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(user, backend="users.backends.RoleBackend")
    rows = Contact.objects.count()
    results = []
    for case, query in CASES.items():
        started = time.perf_counter()
        for _piece in client.get(f"/contacts/export/?{query}").streaming_content:
            pass
        seconds = time.perf_counter() - started
        rate = round(rows / seconds)
        results.append({"case": case, "database": database, "rows": rows, "rows_per_s": rate, "peak_mb": most_mb()})
    return results
