"""By which means a record was written: a form, an import, a rule; one Means is one operation of the history."""

import re
import uuid
from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LABELS = {
    "form": _("Form"),
    "bulk": _("Bulk action"),
    "import": _("Import"),
    "admin": _("Administration pages"),
    "setup": _("Setup"),
    "qualification": _("Qualification"),
    "conversion": _("Conversion"),
    "closing": _("Closing"),
    "trash": _("Trash"),
    "undo": _("Undo"),
    "demo": _("Demo data"),
    "command": _("Command"),
    "merge": _("Merge"),
    "workflow": _("Workflow"),
    "api": _("API"),
}


@dataclass(frozen=True)
class Means:
    """How something was written. kind: a key of LABELS; detail: e.g. "24, row 7"; operation: groups one use case."""

    kind: str
    detail: str = ""
    operation: uuid.UUID = field(default_factory=uuid.uuid4)

    def __post_init__(self) -> None:
        if self.kind not in LABELS:
            raise ValueError(f"unknown means {self.kind!r}")

    def with_detail(self, detail: str) -> "Means":
        """The same operation with another detail (one row of an import)."""
        return Means(self.kind, detail, self.operation)


def means_text(kind: str, detail: str = "") -> str:
    """By which means a change was made, in words: "Form", "Import 24, row 7", "Undo · Import 24"."""
    label = str(LABELS.get(kind, kind))
    if kind == "import" and (place := re.fullmatch(r"(\d+)(?:, (\d+))?", detail)):
        number, row = place.groups()
        text = gettext("Import %(number)s, row %(row)s") if row else gettext("Import %(number)s")
        return text % {"number": number, "row": row}
    if kind == "undo" and detail:
        return f"{label} · {detail}"
    return f"{label} {detail}".strip()
