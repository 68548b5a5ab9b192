"""The neutral fields that columns are mapped to: their labels, and where a contact keeps each of them."""

import re
from collections.abc import Iterable, Iterator

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

NAME_FIELDS: dict[str, Label] = {
    "name_prefix": _("Title (Mr, Ms, Dr)"),
    "first_name": _("First name"),
    "middle_name": _("Middle name"),
    "last_name": _("Last name"),
    "name_suffix": _("Suffix (Jr, III)"),
    "display_name": _("Full name"),
    "nickname": _("Nickname"),
    "phonetic_first": _("Phonetic first name"),
    "phonetic_last": _("Phonetic last name"),
}
WORK_FIELDS: dict[str, Label] = {
    "company": _("Organization"),
    "account_name": _("Account name"),
    "company_external_id": _("Number of the organization in the other system"),
    "department": _("Department"),
    "job_title": _("Job title"),
}
PHONE_KINDS: dict[str, tuple[str, Label]] = {
    "phone_work": ("work", _("Business phone")),
    "phone_work2": ("work", _("Business phone 2")),
    "phone_home": ("home", _("Home phone")),
    "phone_home2": ("home", _("Home phone 2")),
    "phone_mobile": ("mobile", _("Mobile phone")),
    "phone_primary": ("main", _("Primary phone")),
    "phone_company_main": ("main", _("Company main phone")),
    "phone_other": ("other", _("Other phone")),
    "phone_assistant": ("assistant", _("Assistant's phone")),
    "phone_car": ("car", _("Car phone")),
    "phone_callback": ("other", _("Callback phone")),
    "phone_radio": ("other", _("Radio phone")),
    "phone_ttytdd": ("other", _("Phone for the deaf (TTY/TDD)")),
    "isdn": ("other", _("ISDN")),
    "fax_work": ("fax_work", _("Business fax")),
    "fax_home": ("fax_home", _("Home fax")),
    "fax_other": ("fax", _("Other fax")),
    "pager": ("pager", _("Pager")),
}
ADDRESS_KINDS: dict[str, Label] = {
    "work": _("Business address"),
    "home": _("Home address"),
    "other": _("Other address"),
    "billing": _("Billing address"),
    "shipping": _("Shipping address"),
}
ADDRESS_PARTS: dict[str, Label] = {
    "street": _("street"),
    "street2": _("street, line 2"),
    "street3": _("street, line 3"),
    "ext": _("extension"),
    "pobox": _("PO box"),
    "city": _("city"),
    "region": _("region"),
    "postcode": _("postcode"),
    "country": _("country"),
    "formatted": _("whole address"),
}
EMAIL_FIELDS: dict[str, Label] = {"email_others": _("Other e-mails")}
# What only an export of this product has: which record a row is and as of when, and what has no numbered column there.
OWN_FIELDS: dict[str, Label] = {
    "record_id": _("Number in this CRM"),
    "record_version": _("Version in this CRM"),
    "phone_others": _("Other phones"),
    "address_others": _("Other addresses"),
    "handle_others": _("Other messaging addresses"),
}
WEB_FIELDS: dict[str, Label] = {
    "website": _("Website"),
    "website_personal": _("Personal website"),
    "linkedin_url": _("LinkedIn"),
    "im": _("Messenger"),
    "twitter": _("X (Twitter)"),
}
PERSONAL_FIELDS: dict[str, Label] = {
    "birthday": _("Birthday"),
    "birthday_day": _("Birthday: day"),
    "birthday_month": _("Birthday: month"),
    "birthday_year": _("Birthday: year"),
    "language": _("Preferred language"),
    "notes": _("Notes"),
    "description": _("Description"),
    "categories": _("Categories"),
    "lead_source": _("Source"),
    "campaign": _("Campaign"),
    "where_met": _("Where met"),
    "preferred_channel": _("Preferred channel"),
    "owner": _("Owner"),
    "external_id": _("Identifier in the other system"),
}
OPT_OUT_FIELDS: dict[str, tuple[str, Label]] = {
    "email_opt_out": ("do_not_email", _("Do not e-mail")),
    "do_not_call": ("do_not_phone", _("Do not phone")),
    "do_not_post": ("do_not_post", _("Do not write by post")),
    "do_not_track": ("do_not_track", _("Do not track")),
}
# What our own export says of a record, so that the file changes that one and no other.
# Fields of other programs without a place of their own in a contact: their values are kept as text.
TEXT_FIELDS: dict[str, Label] = {
    "anniversary": _("Anniversary"),
    "fax_opt_out": _("Do not fax"),
    "spouse": _("Spouse"),
    "children": _("Children"),
    "profession": _("Profession"),
    "assistant_name": _("Assistant"),
    "manager_name": pgettext_lazy("of a contact", "Manager"),
    "office_location": _("Office"),
    "location": _("Location"),
    "referred_by": _("Referred by"),
    "gender": _("Gender"),
    "hobby": _("Hobby"),
    "connected_on": _("Connected on"),
}
# What only keeps other programs running; it would be noise in a contact, and the mapping page says that it
# is left out.
LEFT_OUT = frozenset(
    (
        "outlook_account",
        "internet_free_busy",
        "directory_server",
        "created_at",
        "modified_at",
        "last_activity_at",
    )
)
# Values that a program writes for everybody, by field, in the languages of its users.
_NORMAL = frozenset({"normal", "normale", "normaal", "standard"})
_OFF = frozenset({"false", "falso", "faux", "falsch", "aus", "off", "no", "non", "nein", "0"})
DEFAULT_VALUES: dict[str, frozenset[str]] = {
    "priority": _NORMAL,
    "sensitivity": _NORMAL,
    "private": _OFF,
    "mileage": frozenset({"0"}),
}
_NUMBERED_LABELS: dict[str, Label] = {
    "email": _("E-mail"),
    "phone": _("Phone"),
    "address": _("Address"),
    "website": _("Website"),
    "relation": _("Related person"),
    "event": _("Event"),
    "custom": _("Custom field"),
    "handle": _("Messaging address"),
}
FAMILY = re.compile(r"(email|phone|address|website|relation|event|custom|handle)(\d+)(?:_([a-z]+))?")


def is_left_out(field: str) -> bool:
    """Tell whether a contact deliberately takes nothing from this field (it is technical)."""
    return field in LEFT_OUT or bool(re.fullmatch(r"email\d+_type", field))


def field_label(field: str) -> Label:
    """Return the label of a neutral field for the user; an unknown one shows its own name."""
    for group in (NAME_FIELDS, WORK_FIELDS, EMAIL_FIELDS, WEB_FIELDS, PERSONAL_FIELDS, OWN_FIELDS, TEXT_FIELDS):
        if field in group:
            return group[field]
    for pairs in (PHONE_KINDS, OPT_OUT_FIELDS):
        if field in pairs:
            return pairs[field][1]
    kind, _underscore, part = field.partition("_")
    if kind in ADDRESS_KINDS and part in ADDRESS_PARTS:
        return format_lazy("{}: {}", ADDRESS_KINDS[kind], ADDRESS_PARTS[part])
    family = FAMILY.fullmatch(field)
    if family:
        label = format_lazy("{} {}", _NUMBERED_LABELS[family[1]], family[2])
        if not family[3]:
            return label
        return format_lazy("{}: {}", label, ADDRESS_PARTS.get(family[3], _("kind")))
    return field.replace("_", " ").capitalize()


def contact_field_choices(mapped: Iterable[str] = ()) -> list[tuple[Label, list[tuple[str, Label]]]]:
    """Return the fields a contact's column may be mapped to, grouped for a select: (group, [(field, label)]).

    `mapped` fields outside the usual ones (the second address of a Google file, say) are added as a group
    of their own.
    """
    groups: list[tuple[Label, Iterable[str]]] = [
        (_("Name"), NAME_FIELDS),
        (_("Work"), WORK_FIELDS),
        (_("E-mail"), ["email1", "email2", "email3", *EMAIL_FIELDS]),
        (_("Phone"), PHONE_KINDS),
        *((label, _address_fields(kind)) for kind, label in ADDRESS_KINDS.items()),
        (_("Web"), WEB_FIELDS),
        (_("Other"), [*PERSONAL_FIELDS, *OPT_OUT_FIELDS, *OWN_FIELDS, *TEXT_FIELDS]),
    ]
    usual = {field for _group, fields in groups for field in fields}
    unusual = sorted(set(mapped) - usual)
    if unusual:
        groups.append((_("In this file"), unusual))
    return [(group, [(field, field_label(field)) for field in fields]) for group, fields in groups]


def _address_fields(kind: str) -> list[str]:
    return [f"{kind}_{part}" for part in ADDRESS_PARTS]


def address_fields() -> Iterator[tuple[str, str, str]]:
    """Yield (field, kind, part) of every address column that is not numbered."""
    for kind in ADDRESS_KINDS:
        for part in ADDRESS_PARTS:
            yield f"{kind}_{part}", kind, part
