"""Proposes a territory for an address by the rules of the territories."""

from setup_values.countries import country_code

from .models import Territory, TerritoryRule, bare_postcode


def rules_by_country() -> dict[str, list[TerritoryRule]]:
    """All rules of active territories, those that name a postcode first; {} without rules. One query.

    For imports: read once, handed to `propose_territory` for every row.
    """
    rules = TerritoryRule.objects.filter(parent__is_active=True, parent__deleted_at__isnull=True)
    found: dict[str, list[TerritoryRule]] = {}
    for rule in rules.select_related("parent").order_by("parent__position", "parent_id", "position", "id"):
        found.setdefault(rule.country, []).append(rule)
    for of_country in found.values():
        of_country.sort(key=lambda rule: -max(len(rule.postcode_from), len(rule.postcode_to)))
    return found


def propose_territory(
    country: str, postcode: str = "", *, rules: dict[str, list[TerritoryRule]] | None = None
) -> Territory | None:
    """The territory whose rule fits best (a range of postcodes before a whole country), None when none does.

    country: ISO code or name. One query unless rules (`rules_by_country()`) are given.
    """
    code = country_code(country)
    if not code:
        return None
    bare = bare_postcode(postcode)
    for rule in (rules_by_country() if rules is None else rules).get(code, ()):
        if fits(rule, bare):
            return rule.parent
    return None


def fits(rule: TerritoryRule, postcode: str) -> bool:
    """Whether a bare postcode lies in the range of a rule; it is cut to the length of each end to compare.

    So "28000" to "28999" and "28" to "28" mean the same, and "M0" to "M9Z" holds M1 1AA but not ME1 1AA.
    """
    start, end = rule.postcode_from, rule.postcode_to or rule.postcode_from
    if not start and not end:
        return True
    if not postcode:
        return False
    return start <= postcode[: len(start)] and postcode[: len(end)] <= end
