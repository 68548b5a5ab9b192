"""Forms of the catalog pages: they collect values; the use cases and the write door judge them."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import inlineformset_factory, modelform_factory
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.pages.forms import ChildForm, ChildFormSet, form_field
from core.pages.widgets import RowsField, SelectOne
from core.records.models import ChildRow
from users.models import User

from .catalogs import Catalog, kind_choices
from .models import CatalogValue, Colour, Territory, TerritoryMember, TerritoryRule


class ValueForm(forms.ModelForm):
    """Base of the generated forms: name, colour, the catalog's columns, default; members for territories."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    is_default = forms.BooleanField(
        label=_("Default"),
        required=False,
        help_text=_("Chosen already in new records."),
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    catalog: Catalog

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version
            self.fields["is_default"].initial = self.instance.is_default
            if not self.instance.is_active:
                del self.fields["is_default"]
        if "kind" in self.fields:
            choices = [("", _("every kind")), *kind_choices()]
            self.fields["kind"] = forms.ChoiceField(
                label=capfirst(_("only for")), choices=choices, required=False, widget=SelectOne
            )
        if self.catalog.model is Territory:
            self.fields["members"] = self._members()

    def _members(self) -> forms.Field:
        present = list(self.instance.memberships.values_list("user_id", flat=True)) if self.instance.pk else []
        people = User.objects.filter(is_active=True) | User.objects.filter(pk__in=present)
        return RowsField(
            people,
            label=_("Members"),
            required=False,
            initial=present,
            help_text=_("They see its records where their role says “territory”."),
            widget=forms.SelectMultiple({"class": "form-select", "data-tom": ""}),
        )

    def _post_clean(self) -> None:
        """Nothing is put onto the instance: the use case does that."""

    def values(self) -> dict[str, Any]:
        """What was typed of the value's own fields."""
        names = ["name", "colour", *self.catalog.columns]
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def children(self, rules: "ChildFormSet | None") -> dict[str, list[ChildRow]] | None:
        """Members and postcode rules of a territory; None for other catalogs."""
        if rules is None:
            return None
        kept = {}
        if self.instance.pk:
            kept = {row.user_id: row for row in self.instance.memberships.all()}
        members = [kept.get(user.pk) or TerritoryMember(user=user) for user in self.cleaned_data["members"]]
        return {"memberships": members, "rules": rules.wanted()}

    def is_outdated(self) -> bool:
        """Whether somebody saved the value after this form was opened."""
        seen = self.cleaned_data.get("version")
        return bool(self.instance.pk and seen and seen != self.instance.version)

    def add_refusal(self, error: ValidationError) -> None:
        """Show what the door refused, at its field where the form has it."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
        for name, messages in by_field.items():
            self.add_error(name if name in self.fields else None, messages)


class ColourSelect(forms.RadioSelect):
    """The palette as swatches; the template look of the catalog form draws them."""


def _control(column, **kwargs) -> forms.Field | None:
    if column.name == "colour":
        return forms.ChoiceField(
            label=capfirst(column.verbose_name),
            choices=Colour.choices,
            initial=column.default,
            widget=ColourSelect,
        )
    return form_field(column, **kwargs)


def value_form(catalog: Catalog) -> type[ValueForm]:
    """The form class of a catalog."""
    form = modelform_factory(
        catalog.model,
        form=ValueForm,
        fields=["name", "colour", *catalog.columns],
        formfield_callback=_control,
    )
    form.catalog = catalog
    return form


def rule_formset(catalog: Catalog) -> type[ChildFormSet] | None:
    """The form set of postcode rules, None for catalogs without them."""
    if catalog.model is not Territory:
        return None
    return inlineformset_factory(
        Territory,
        TerritoryRule,
        form=ChildForm,
        formset=ChildFormSet,
        fields=("country", "postcode_from", "postcode_to"),
        fk_name="parent",
        extra=1,
        max_num=500,
        absolute_max=500,
        formfield_callback=form_field,
    )


class RemovalForm(forms.Form):
    """What becomes of the records of a value that goes: a replacement or nothing; or it is retired instead."""

    REPLACE, EMPTY, RETIRE = "replace", "empty", "retire"

    how = forms.ChoiceField(choices=[(REPLACE, ""), (EMPTY, ""), (RETIRE, "")], required=True)
    replacement = forms.ModelChoiceField(
        User.objects.none(), required=False, widget=SelectOne({"aria-label": _("Replace by")})
    )

    def __init__(self, *args, replacements, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["replacement"]
        field.queryset = replacements
        field.empty_label = None
        field.label_from_instance = replacement_label

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("how") == self.REPLACE and not cleaned.get("replacement") and not self.errors:
            self.add_error("replacement", _("Choose a value."))
        return cleaned


def replacement_label(value: CatalogValue) -> str:
    """A replacement as the drop-down lists it; stages with their process."""
    process = getattr(value, "process", None)
    return f"{process} · {value}" if process else str(value)
