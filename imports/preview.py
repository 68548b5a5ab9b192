"""How a row of the sample will look as a contact, with the account that it will be cross-referenced to."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from contacts.birthdays import show_birthday
from core.records.channels import PhoneKind
from core.records.rights import Right
from setup_values.countries import country_code, country_name

from .contact_rows import compile_contact_plan
from .mapped_files import DATE_ORDERS, chosen_mapping, with_fixed
from .mapping import map_headers
from .matching import KnownAccounts, account_key, account_name
from .models import Import
from .readers import Row

LONGEST_NOTES = 400


@dataclass
class RecordCard:
    """A contact as it will be: facts are (label, text, small print); account_state is "", "known", "new", "several",
    "none" (may not be made)."""

    title: str
    subtitle: str = ""
    account: str = ""
    account_state: str = ""
    facts: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    error: str = ""


def record_card(work: Import, position: int, user: Any) -> RecordCard | None:
    """The contact that the sample row at position becomes, None when the sample has no such row; one query."""
    rows = work.sample.get("rows", [])
    if not 0 <= position < len(rows) or "cells" not in rows[position]:
        return None
    values, problems = _values_of(work, rows[position])
    parts = (values["first_name"], values["middle_name"], values["last_name"])
    name = " ".join(part for part in parts if part) or values["display_name"]
    card = RecordCard(
        title=name,
        subtitle=", ".join(filter(None, (values["job_title"], values["department"]))),
        account=account_name(values["account_name"] or values["organization"]),
        facts=[fact for fact in _facts(values) if fact[1]],
        problems=[problem.message for problem in problems if not problem.is_error],
        error=next((problem.message for problem in problems if problem.is_error), ""),
    )
    if card.account and not card.error:
        card.account_state = _account_state(card.account, user)
    return card


def _values_of(work: Import, row: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    header = [column["header"] for column in work.recognised["columns_found"]]
    fixed = work.options.get("fixed", {})
    mapping = with_fixed(chosen_mapping(map_headers(header), work.options.get("columns", {})), fixed)
    own = {column.field for column in mapping.columns if column.how != "fixed" and row["cells"][column.index]}
    cells = [*row["cells"], *("" if name in own else text for name, text in fixed.items())]
    orders = {
        name: order
        for name, column in work.recognised["dates"].items()
        if (order := work.options.get("date_orders", {}).get(name) or column["order"]) in DATE_ORDERS
    }
    plan = compile_contact_plan(mapping, date_orders=orders, keep_unmapped=True)
    contact = plan.transform(Row(row["line"], row["number"], cells))
    return contact.values, contact.problems


def _account_state(name: str, user: Any) -> str:
    accounts = KnownAccounts(user)
    accounts.load({account_key(name)})
    account, is_ambiguous = accounts.find(name)
    if account is not None:
        return "known"
    if is_ambiguous:
        return "several"
    return "new" if user.may(Right.CREATE, "account") else "none"


def _facts(values: dict[str, Any]) -> list[tuple[str, str, str]]:
    facts = [(_("E-mail"), entry["value"], entry.get("label", "")) for entry in values["emails"]]
    kinds = dict(PhoneKind.choices)
    facts += [
        (_("Phone"), entry["value"], str(entry.get("label") or kinds.get(entry["kind"], "")))
        for entry in values["phones"]
    ]
    facts += [(_("Address"), _address_text(address), "") for address in values["addresses"]]
    facts += [(_("Website"), address, "") for address in values["websites"]]
    facts += [(_("Messenger"), handle["value"], handle["service"]) for handle in values["handles"]]
    facts += [
        (_("Birthday"), show_birthday(values["birthday"]), ""),
        (_("Source"), values["source"], ""),
        (_("Owner"), values["owner"], ""),
        (_("Categories"), ", ".join(values["categories"]), ""),
        (_("Do not e-mail"), _("yes") if values["do_not_email"] else "", ""),
        (_("Do not phone"), _("yes") if values["do_not_phone"] else "", ""),
        (_("Notes"), values["notes"][:LONGEST_NOTES], ""),
    ]
    return facts


def _address_text(address: dict[str, str]) -> str:
    place = f"{address['postcode']} {address['city']}".strip()
    country = country_name(country_code(address["country"])) or address["country"]
    lines = (address["street"], address["extended"], address["po_box"], place, address["region"], country)
    return ", ".join(" ".join(line.split()) for line in lines if line)
