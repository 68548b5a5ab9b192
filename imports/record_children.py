"""The e-mails and phones that a row of records brings: split, told apart by kind, flagged where they are none."""

from typing import TYPE_CHECKING

from core.records.models import ChildRow

from .cells import Email, email_fault, is_plausible_phone, split_emails, split_phones, split_values
from .contact_values import Problem
from .fields import PHONE_KINDS
from .record_fields import RECORD_ID, fields_of
from .record_shapes import RecordShape

if TYPE_CHECKING:
    from .record_values import RecordData


def read_children(shape: RecordShape, data: "RecordData", cells: dict[str, str]) -> None:
    """The e-mails and phones of a row, each value once; what is no address or number is kept as text and flagged."""
    for name in dict.fromkeys(fields_of(shape)[one].child for one in cells):
        own = {one: text for one, text in cells.items() if fields_of(shape)[one].child == name}
        data.children[name] = _EMAILS_OR_PHONES[name](shape, data, own)


def _emails(shape: RecordShape, data: "RecordData", cells: dict[str, str]) -> list[ChildRow]:
    model = shape.model._meta.get_field("emails").related_model
    kinds = dict(model._meta.get_field("kind").choices)
    found: dict[str, ChildRow] = {}
    for name, text in cells.items():
        if name.partition("_")[2] in ("kind", "label"):
            continue
        for part in _values_of(name, data, text):
            emails, beside = ([Email(part, "", email_fault(part))], "") if _is_own(data) else split_emails(part)
            if beside:
                data.keep(name, beside)
            for email in emails:
                if email.fault:
                    data.problems.append(Problem(data.row.line, name, email.fault, email.value).message)
                kind, label = cells.get(f"{name}_kind", ""), cells.get(f"{name}_label", "")
                row = model(value=email.value[:254], label=label[:60], kind=kind if kind in kinds else "work")
                found.setdefault(email.value.casefold(), row)
    return list(found.values())


def _phones(shape: RecordShape, data: "RecordData", cells: dict[str, str]) -> list[ChildRow]:
    model = shape.model._meta.get_field("phones").related_model
    kinds = dict(model._meta.get_field("kind").choices)
    found: dict[tuple[str, str], ChildRow] = {}
    for name, text in cells.items():
        if name.partition("_")[2] in ("kind", "label", "extension"):
            continue
        kind = PHONE_KINDS[name][0] if name in PHONE_KINDS else cells.get(f"{name}_kind", "")
        for part in _values_of(name, data, text):
            for number in [part] if _is_own(data) else split_phones(part):
                if not is_plausible_phone(number):
                    data.problems.append(Problem(data.row.line, name, "invalid_phone", number).message)
                row = model(
                    value=number[:80],
                    kind=kind if kind in kinds else "work",
                    label=cells.get(f"{name}_label", "")[:60],
                    extension=cells.get(f"{name}_extension", "")[:20],
                )
                found.setdefault((number, row.kind), row)
    return list(found.values())


def _is_own(data: "RecordData") -> bool:
    """Whether our own export wrote the row: then each value stands as it was entered."""
    return data.said(RECORD_ID)


def _values_of(name: str, data: "RecordData", text: str) -> list[str]:
    """The values of a cell; in our own export only the column of the others holds several."""
    return split_values(text) if name.startswith("other_") or not _is_own(data) else [text]


_EMAILS_OR_PHONES = {"emails": _emails, "phones": _phones}
