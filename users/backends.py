"""Authentication by e-mail and password; the signed-in user is read with role and team in one query."""

from allauth.account.auth_backends import AuthenticationBackend

from .models import User


class RoleBackend(AuthenticationBackend):
    """allauth's backend, reading the user with what every page needs."""

    def get_user(self, user_id):
        return User.objects.select_related("role", "team").filter(pk=user_id, is_active=True).first()
