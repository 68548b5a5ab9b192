"""The addresses of sign-in, and those that must not exist."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.urls import NoReverseMatch, URLPattern, resolve, reverse
from django.urls.exceptions import Resolver404

from crm_project import urls


@pytest.mark.parametrize(
    "name", ["account_login", "account_logout", "account_change_password", "account_reset_password"]
)
def test_sign_in_has_its_pages(name):
    assert reverse(name)


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_confirm_email", "socialaccount_signup"])
def test_nobody_can_sign_up(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("folder", ["accounts", "sign-in"])
def test_sign_up_has_no_address(folder):
    with pytest.raises(Resolver404):
        resolve(f"/{folder}/signup/")


def test_every_room_with_addresses_is_included_once_and_in_order(request, settings):
    rooms = [room for room in settings.ROOMS if (request.config.rootpath / room / "urls.py").exists()]
    included = [
        pattern.urlconf_module.__name__.removesuffix(".urls")
        for pattern in urls.urlpatterns
        if hasattr(getattr(pattern, "urlconf_module", None), "__name__")
    ]

    assert included == rooms


def test_a_name_leads_to_one_address():
    """A page of one's own stands before the general one, with the same name and address."""
    addresses = defaultdict(set)
    for name, address in named_addresses(urls.urlpatterns):
        addresses[name].add(address)

    assert len(addresses) > 50
    assert {name: found for name, found in addresses.items() if len(found) > 1} == {}


def named_addresses(patterns: list, start: str = "") -> Iterator[tuple[str, str]]:
    """(name, address) below these patterns, the administration's (which has its own names) left out."""
    for pattern in patterns:
        address = start + str(pattern.pattern)
        if isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, address
        elif not isinstance(pattern, URLPattern) and not pattern.namespace:
            yield from named_addresses(pattern.url_patterns, address)
