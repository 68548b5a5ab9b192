"""The addresses of sign-in, and those that must not exist."""

import pytest
from django.urls import NoReverseMatch, resolve, reverse
from django.urls.exceptions import Resolver404


@pytest.mark.parametrize("name", ["account_login", "account_logout", "account_change_password", "account_reset_password"])
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
