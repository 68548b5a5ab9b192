"""How allauth behaves here: nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Users are made by an administrator, so there is no sign-up."""

    def is_open_for_signup(self, request) -> bool:
        return False
