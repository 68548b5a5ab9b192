"""The forms of the profile and of the administration of users, teams and roles; use cases do the writing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from core.pages.forms import dress, form_field
from core.pages.widgets import RowsField
from core.records.rights import Right, Scope

from .administration import USER_FIELDS
from .models import FOLLOWING_TYPES, RIGHT_TYPES, Role, Team, User
from .sign_in_forms import PASSWORD_HINT

TYPE_LABELS = {
    "lead": _("Leads"),
    "account": _("Accounts (prospects and customers)"),
    "contact": _("Contacts"),
    "opportunity": _("Opportunities"),
    "task": _("Tasks"),
    "interaction": _("Interactions"),
}
# Rights that a role has or has not; no scope limits them further than that of seeing.
YES_OR_NO = (Right.CREATE, Right.EXPORT)


class ProfileForm(forms.ModelForm):
    """What everybody sets for themselves."""

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme", "keys_enabled")
        formfield_callback = staticmethod(form_field)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["keys_enabled"].help_text = _("Press ? on any page to see them.")


class UserForm(forms.ModelForm):
    """A user, as an administrator creates or edits one; uniqueness and the rest is the use case's."""

    class Meta:
        model = User
        fields = USER_FIELDS
        formfield_callback = staticmethod(form_field)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].help_text = _("This person signs in with it.")
        self.fields["team"].empty_label = _("No team")

    def _post_clean(self) -> None:
        """The use case builds, checks and saves the user."""


class NewUserForm(UserForm):
    """A user, and how this person gets the first password."""

    BY_LINK, BY_PASSWORD = "link", "password"

    access = forms.ChoiceField(
        label=_("First sign-in"),
        choices=[
            (BY_LINK, _("By an invitation link: the person chooses the password")),
            (BY_PASSWORD, _("With a password that I set now")),
        ],
        initial=BY_LINK,
        widget=forms.RadioSelect({"class": "form-check-input"}),
    )
    password = forms.CharField(
        label=_("Initial password"),
        required=False,
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput({"class": "form-control", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("access") == self.BY_PASSWORD and not cleaned.get("password"):
            self.add_error("password", _("Type the password, or choose the invitation link."))
        return cleaned

    def user_values(self) -> dict:
        """What `create_user` takes: password None means by link."""
        values = {name: self.cleaned_data[name] for name in USER_FIELDS}
        chosen = self.cleaned_data["access"] == self.BY_PASSWORD
        return values | {"password": self.cleaned_data["password"] if chosen else None}


class MemberChoices(RowsField):
    """Users to tick; whoever would leave another team than `team` is shown with it."""

    team: Team | None = None

    def label_from_instance(self, user: User) -> str:
        leaves = user.team_id and not (self.team and self.team.pk == user.team_id)
        return f"{user.name} ({user.team})" if leaves else user.name


class TeamForm(forms.ModelForm):
    """A team and who belongs to it."""

    members = MemberChoices(
        label=_("Members"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("A user belongs to one team at most: whoever is ticked here leaves the team before."),
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
    )

    class Meta:
        model = Team
        fields = ("name",)
        formfield_callback = staticmethod(form_field)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].team = self.instance
        rows = User.objects.filter(is_active=True)
        if self.instance.pk:
            rows = rows | User.objects.filter(team=self.instance)
            self.fields["members"].initial = User.objects.filter(team=self.instance)
        self.fields["members"].queryset = rows.select_related("team")

    def _post_clean(self) -> None:
        """The use case builds, checks and saves the team."""


@dataclass(frozen=True)
class RightsRow:
    """One record type of the matrix: its label, and a cell per right, None where no role states the right."""

    label: str
    cells: list[tuple[str, forms.BoundField | None]]


class RoleForm(forms.ModelForm):
    """The name of a role and, unless it is the administrator's, how far its rights reach per record type."""

    class Meta:
        model = Role
        fields = ("name",)
        formfield_callback = staticmethod(form_field)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.has_matrix = not self.instance.is_administrator
        if self.has_matrix:
            for record_type, right in self._cells():
                self.fields[f"{record_type}-{right}"] = self._scope_field(record_type, right)

    @staticmethod
    def _cells() -> Iterator[tuple[str, str]]:
        for record_type in RIGHT_TYPES:
            for right in Right.values:
                if not (right == Right.VIEW and record_type in FOLLOWING_TYPES):
                    yield record_type, right

    def _scope_field(self, record_type: str, right: str) -> forms.ChoiceField:
        present = self.instance.scope(record_type, right)
        if right in YES_OR_NO:
            choices = [(Scope.NONE, _("No")), (Scope.ALL, _("Yes"))]
            present = Scope.NONE if present == Scope.NONE else Scope.ALL
        else:
            without = {Scope.TERRITORY} if record_type in FOLLOWING_TYPES else set()
            choices = [choice for choice in Scope.choices if choice[0] not in without]
        label = f"{TYPE_LABELS[record_type]}: {Right(right).label}"
        field = forms.ChoiceField(label=label, choices=choices, initial=present)
        field.widget.attrs["aria-label"] = label
        dress(field)
        return field

    def matrix(self) -> list[RightsRow]:
        """The rows of the table, a cell per right in the order of Right."""
        return [
            RightsRow(
                label=TYPE_LABELS[record_type],
                cells=[
                    (
                        Right(right).label,
                        self[name] if (name := f"{record_type}-{right}") in self.fields else None,
                    )
                    for right in Right.values
                ],
            )
            for record_type in RIGHT_TYPES
        ]

    def rights(self) -> dict[str, dict[str, str]] | None:
        """What `create_role` and `update_role` take; None for the administrator role."""
        if not self.has_matrix:
            return None
        rights: dict[str, dict[str, str]] = {record_type: {} for record_type in RIGHT_TYPES}
        for record_type, right in self._cells():
            rights[record_type][right] = self.cleaned_data[f"{record_type}-{right}"]
        return rights

    def _post_clean(self) -> None:
        """The use case builds, checks and saves the role."""
