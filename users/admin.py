"""Users, teams, roles and the audit log in Django's administration; writes go through the same use cases."""

import json
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from core.admin import CarefulAdmin

from . import administration
from .administration import USER_FIELDS, AdministrationRefused
from .audit import client_ip
from .models import AuditEntry, Role, Team, User
from .sign_in_forms import PASSWORD_HINT

# Rights are those of roles; a session key would open the session of its user; no address is kept there.
for unused in (Group, EmailAddress, UserSession):
    admin.site.unregister(unused)


class UseCaseAdmin(CarefulAdmin):
    """Shows what a use case refuses as a message; nothing of the request is written then."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._explained(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._explained(request, super().delete_view, *args, **kwargs)

    def _explained(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except AdministrationRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def get_actions(self, request: HttpRequest) -> dict:
        """Without "delete selected", which would note deletions before they are refused."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @staticmethod
    def adopt(instance: Model, made: Model) -> None:
        """Let the admin go on with what the use case has made."""
        instance.pk, instance._state.adding = made.pk, False


class AdminUserForm(forms.ModelForm):
    """A user with an optional new password."""

    new_password = forms.CharField(
        label=_("new password"),
        required=False,
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = (*USER_FIELDS, "is_active")

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password


@admin.register(User)
class UserAdmin(UseCaseAdmin):
    """Users are deactivated, not deleted: their records and their history keep their name."""

    form = AdminUserForm
    list_display = ("name", "email", "role", "team", "is_active", "last_login")
    list_filter = ("is_active", "role", "team")
    list_select_related = ("role", "team")
    search_fields = ("name", "email")
    ordering = ("name", "id")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return (*USER_FIELDS, *(("is_active",) if obj else ()), "new_password")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: AdminUserForm, change: bool) -> None:
        who = {"actor": request.user, "ip": client_ip(request)}
        values = {name: form.cleaned_data[name] for name in USER_FIELDS}
        password = form.cleaned_data["new_password"]
        if not change:
            self.adopt(obj, administration.create_user(password=password or None, **who, **values))
            return
        user = administration.update_user(user=User.objects.get(pk=obj.pk), **who, **values)
        if password:
            administration.set_password(user=user, password=password, **who)
        if "is_active" in form.changed_data:
            switch = administration.reactivate_user if obj.is_active else administration.deactivate_user
            switch(user=user, **who)


@admin.register(Team)
class TeamAdmin(UseCaseAdmin):
    """Teams; who belongs to one is said at the user or on the page of the team."""

    fields = ("name",)
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Team, form: forms.ModelForm, change: bool) -> None:
        who = {"actor": request.user, "ip": client_ip(request)}
        if change:
            administration.update_team(team=obj, name=obj.name, **who)
        else:
            self.adopt(obj, administration.create_team(name=obj.name, **who))

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        administration.delete_team(actor=request.user, team=obj, ip=client_ip(request))


class RightsField(forms.JSONField):
    """The rights of a role as text; what no reader of JSON can take is refused in words."""

    def to_python(self, value: Any) -> Any:
        try:
            rights = super().to_python(value)
            json.dumps(rights, ensure_ascii=False).encode()
        except (RecursionError, ValueError):
            raise ValidationError(_("The rights of a role are a table."), code="invalid") from None
        return rights

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            self.to_python(data)
        except ValidationError:
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)


class AdminRoleForm(forms.ModelForm):
    """A role with its rights as text."""

    class Meta:
        model = Role
        fields = ("name", "is_administrator", "rights")
        field_classes = {"rights": RightsField}


@admin.register(Role)
class RoleAdmin(UseCaseAdmin):
    """Roles; the page of a role in the product shows the rights as a matrix."""

    form = AdminRoleForm
    fields = ("name", "is_administrator", "rights")
    list_display = ("name", "is_administrator")
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> tuple[str, ...]:
        limited = obj is not None and obj.is_administrator
        return ("is_administrator", "rights") if limited else ("is_administrator",)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_administrator)

    def save_model(self, request: HttpRequest, obj: Role, form: forms.ModelForm, change: bool) -> None:
        who = {"actor": request.user, "ip": client_ip(request)}
        if change:
            rights = None if obj.is_administrator else obj.rights
            administration.update_role(role=obj, name=obj.name, rights=rights, **who)
        else:
            self.adopt(obj, administration.create_role(name=obj.name, rights=obj.rights, **who))

    def delete_model(self, request: HttpRequest, obj: Role) -> None:
        administration.delete_role(actor=request.user, role=obj, ip=client_ip(request))


@admin.register(AuditEntry)
class AuditEntryAdmin(CarefulAdmin):
    """The audit log, to be read only."""

    list_display = ("at", "kind", "actor", "ip", "detail")
    list_filter = ("kind",)
    list_select_related = ("actor",)
    date_hierarchy = "at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False
