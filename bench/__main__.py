"""`python -m bench --size 10k`: load, serve, measure, print the table and write bench/out/results.json."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.plugins import cluster

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
OUT = Path(__file__).parent / "out" / "results.json"
COLUMNS = ("case", "database", "rows", "p50_ms", "p95_ms", "queries", "ratio_to_bare", "rows_per_s", "peak_mb")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="10k")
    parser.add_argument("--only", choices=["sqlite", "postgres"], help="one database instead of both")
    parser.add_argument("--no-imports", action="store_true")
    parser.add_argument("--moving", type=int, metavar="ROWS", help="measure a move of so many contacts, nothing else")
    chosen = parser.parse_args()
    what = str(chosen.moving) if chosen.moving else "pages" if chosen.no_imports else "imports"
    results: list[dict] = []
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as folder:
        for database in ("sqlite", "postgres"):
            if chosen.only not in (None, database):
                continue
            results += measure(database, Path(folder), SIZES[chosen.size], what=what)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print_table(results)
    return 0 if results else 1


def measure(database: str, folder: Path, rows: int, *, what: str) -> list[dict]:
    """One database in processes of their own, so that neither run warms the other."""
    data = folder / database
    data.mkdir()
    environment = {**os.environ, "CRM_DATA_DIR": str(data), "CRM_DEBUG": "0", "CRM_LOG_LEVEL": "ERROR"}
    environment["DJANGO_SETTINGS_MODULE"] = "crm_project.settings"
    server = None
    if database == "postgres":
        try:
            server = cluster.start()
        except cluster.NoServer as missing:
            print(f"Not measured on PostgreSQL: {missing}", file=sys.stderr)
            return []
        environment["DATABASE_URL"] = server.url
    else:
        environment["DATABASE_URL"] = f"sqlite:///{data / 'bench.sqlite3'}"
    try:
        command = [sys.executable, "-m", "bench.one_database", database, str(rows), str(data / "out.json")]
        subprocess.run([*command, what], env=environment, check=True)
        return json.loads((data / "out.json").read_text(encoding="utf-8"))
    finally:
        if server is not None:
            server.stop()


def print_table(results: list[dict]) -> None:
    """Right-aligned columns; a figure that a case does not have stays empty."""
    cells = [COLUMNS, *(tuple(_cell(result.get(name)) for name in COLUMNS) for result in results)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(COLUMNS))]
    for row in cells:
        print(
            "  ".join(
                text.ljust(width) if index < 2 else text.rjust(width)
                for index, (text, width) in enumerate(zip(row, widths, strict=True))
            )
        )


def _cell(value) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
