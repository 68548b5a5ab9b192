"""Measures one database: load the rows, serve them, ask for each page and for its bare counterpart in turn."""

import json
import sys
from pathlib import Path

import django


def main(database: str, rows: int, out: str, what: str) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from bench import exports, load, moving, pages

    user = load.load(rows)
    if what.isdigit():
        results = moving.measure(user, database, int(what))
    else:
        results = pages.measure(user, database, rows)
        results += exports.measure(user, database)
    if what == "imports":
        from bench import imports

        results += imports.run(database)
    Path(out).write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
