"""What a browser sends from the forms of contacts, accounts and person accounts."""

from typing import Any

CONTACT_ROWS = ("emails", "phones", "addresses", "websites", "handles")
ACCOUNT_ROWS = ("phones", "emails")


def rows(name: str, values: list[dict], stored: int = 0) -> dict[str, Any]:
    """The fields of a form set with these rows, of which the first `stored` carry their id."""
    data: dict[str, Any] = {f"{name}-TOTAL_FORMS": len(values), f"{name}-INITIAL_FORMS": stored}
    for position, value in enumerate(values):
        data |= {f"{name}-{position}-{key}": part for key, part in value.items()}
    return data


def contact_post(**fields: Any) -> dict[str, Any]:
    """The form of a contact; emails and phones are lists of text."""
    data: dict[str, Any] = {}
    for name in CONTACT_ROWS:
        given = fields.pop(name, [])
        values = [
            value if isinstance(value, dict) else {"value": value, "kind": "work", "extension": ""} for value in given
        ]
        data |= rows(name, values)
    return {"first_name": "", "last_name": "", **data, **fields}


def account_post(**fields: Any) -> dict[str, Any]:
    """The form of an account; emails and phones are lists of text."""
    data: dict[str, Any] = {}
    for name in ACCOUNT_ROWS:
        data |= rows(name, [{"value": value, "kind": "work"} for value in fields.pop(name, [])])
    return {"name": "", "kind": "organization", **data, **fields}
