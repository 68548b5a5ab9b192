"""Reads one sheet of a workbook in a process of its own, so that no file can take the memory or life of a server.

Started by `imports.workbooks` with the order (JSON) on its input; writes lines of JSON: what the workbook is, then
the cells of every row from the first one on, or of as many as are wanted, as texts. It imports nothing of this project.
"""

import datetime
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

try:
    import resource
except ImportError:  # not on every system; the limits are then those of the archive alone
    resource = None

_MOST_SHEETS_TRIED = 20
_TABLE = 3  # the rank of a sheet with several rows and columns
_EXACT = 10**15  # up to here a number of a spreadsheet is a whole number to the last digit
# Day 0 of a spreadsheet and the day after are what it shows for a time of day, or for an empty date.
_NO_DAYS = (datetime.date(1899, 12, 30), datetime.date(1899, 12, 31))


def _limit(memory: int, seconds: int, output: int) -> None:
    """Take no more than this, nor than this process is allowed already."""
    if resource is None:
        return
    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, output))
    for kind, value in (*limits, (resource.RLIMIT_CORE, 0)):
        _soft, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def _sheets(workbook: Any) -> tuple[list[str], list[str]]:
    """The names of the sheets that hold cells: those that can be seen, and hidden ones."""
    tables = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    seen = [sheet.name for sheet in tables if sheet.visible == SheetVisibleEnum.Visible]
    return seen, [sheet.name for sheet in tables if sheet.visible != SheetVisibleEnum.Visible]


def _text(value: Any) -> str:
    """A cell as text, as exact as the file has it: days in ISO order, numbers without exponent and noise."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, datetime.datetime):
        if value.date() in _NO_DAYS:
            return _time(value.time())
        if not (value.hour or value.minute or value.second or value.microsecond):
            return value.date().isoformat()
        return value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, datetime.date):
        return "" if value in _NO_DAYS else value.isoformat()
    if isinstance(value, datetime.time):
        return _time(value)
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    return "" if value is None else str(value)


def _time(value: datetime.time) -> str:
    if not (value.hour or value.minute or value.second):
        return ""
    return value.isoformat("seconds" if value.second else "minutes")


def _number(value: float) -> str:
    if isinstance(value, int) or (value.is_integer() and abs(value) < _EXACT):
        return str(int(value))
    if not isfinite(value):
        return ""
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        cells = [value if type(value) is str else _text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _first_table(workbook: Any, names: list[str]) -> tuple[str, Any] | None:
    """The first sheet with several rows and columns, else with several rows, else that holds anything."""
    best, best_rank = None, 0
    for name in names[:_MOST_SHEETS_TRIED]:
        sheet = workbook.get_sheet_by_name(name)
        rank = (sheet.height > 0) + (sheet.height > 1) + (sheet.height > 1 and sheet.width > 1)
        if rank > best_rank:
            best, best_rank = (name, sheet), rank
        if rank == _TABLE:
            break
    return best


def main() -> None:
    """Do what the order on the standard input says."""
    order = json.loads(sys.stdin.buffer.read())
    _limit(order["memory"], order["seconds"], order["output"])
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="\n", closefd=False)  # noqa: SIM115
    sheet = None
    try:
        workbook = CalamineWorkbook.from_path(order["path"])
        seen, hidden = _sheets(workbook)
        name = order["sheet"]
        if not (seen or hidden):
            answer = {"error": "no_sheet"}
        elif name is not None and name not in (*seen, *hidden):
            answer = {"error": "unknown_sheet"}
        else:
            if name is None:
                found = _first_table(workbook, seen) or _first_table(workbook, hidden)
                name, sheet = found or ((*seen, *hidden)[0], None)
            sheet = sheet or workbook.get_sheet_by_name(name)
            answer = {"sheets": [*seen, *hidden], "sheet": name, "rows": sheet.total_height}
    except PasswordError:
        answer = {"error": "password"}
    except MemoryError:
        answer = {"error": "too_large"}
    except (CalamineError, OSError, ValueError):
        answer = {"error": "damaged"}
    except BaseException as error:  # a panic of the library is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        answer = {"error": "damaged"}
    out.write(json.dumps(answer) + "\n")
    if sheet is not None:
        encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
        for cells in islice(_rows(sheet), order["rows"]):
            out.write(encode(cells) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
