"""The form of every entity, generated from its fieldsets; validation and writing are the write door's."""

import functools
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import models
from django.forms import inlineformset_factory, modelform_factory
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.records.columns import tidy_text
from core.records.fields import LinesField, MoneyField
from core.records.models import ChildRow, Record
from core.records.search_text import matching

from .entity import Entity, Inline
from .widgets import AmountField, DateInput, DateTimeInput, Lines, RecordChoiceField, SelectOne, refuse_impossible_year

LONG_TEXT_ROWS = 4


def choosable(field: RecordChoiceField, user: Any, present: int | None) -> models.QuerySet:
    """What user may choose: the records that he sees, and the one that is chosen already, which others may have set."""
    rows = field.queryset.model.objects
    seen = rows.visible_to(user)
    return rows.filter(models.Q(pk__in=seen.order_by().values("pk")) | models.Q(pk=present)) if present else seen


class Offered:
    """What the drop-downs of one page offer: the rows of each model are read once, however many rows of forms ask."""

    def __init__(self) -> None:
        self._rows: dict[type[models.Model], list[models.Model]] = {}

    def choices(self, field: forms.ModelChoiceField, present: int | None) -> list[tuple]:
        """The active rows of the field's model and the one that is chosen already, behind the empty choice."""
        model = field.queryset.model
        if model not in self._rows:
            self._rows[model] = list(model._default_manager.all())
        empty = [] if field.empty_label is None else [("", field.empty_label)]
        return empty + [
            (field.prepare_value(row), field.label_from_instance(row))
            for row in self._rows[model]
            if getattr(row, "is_active", True) or row.pk == present
        ]


class RecordForm(forms.ModelForm):
    """Base of the generated forms. It only collects values: `save` does not exist, the door cleans and writes."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    form_key = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    entity: type[Entity]
    user: Any = None

    def __init__(self, *args, user=None, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version
        for name, field in self.fields.items():
            self._prepare(name, field)

    def _prepare(self, name: str, field: forms.Field) -> None:
        present = getattr(self.instance, f"{name}_id", None)
        if isinstance(field, RecordChoiceField):
            field.queryset = choosable(field, self.user, present)
            field.offer(self._present_record(name, field, present))
        elif isinstance(field, forms.ModelChoiceField) and hasattr(field.queryset.model, "is_active"):
            active = models.Q(is_active=True)
            field.queryset = field.queryset.filter(active | models.Q(pk=present) if present else active)

    def _present_record(self, name: str, field: RecordChoiceField, present: int | None) -> models.Model | None:
        """The choice to show: the instance's, else the initial one if the user may see it."""
        if present:
            return getattr(self.instance, name)
        wanted = self.initial.get(name)
        if isinstance(wanted, models.Model):
            return wanted
        try:
            return field.queryset.filter(pk=wanted).first() if wanted else None
        except (ValueError, TypeError, OverflowError):
            return None

    def share(self, offered: Offered, shared: set[type[models.Model]]) -> None:
        """Take the choices of these models from `offered`, as the rows of the same page do."""
        for name, field in self.fields.items():
            if is_plain_choice(field) and field.queryset.model in shared:
                field.choices = functools.partial(offered.choices, field, getattr(self.instance, f"{name}_id", None))

    def sections(self) -> list[dict]:
        """Fieldsets with their bound fields: {"title", "fields"}; fields that the form adds itself come last."""
        placed = {"version", "form_key"}
        found = []
        for title, names in self.entity.fieldsets:
            present = [self[name] for name in names if name in self.fields]
            placed.update(names)
            if present:
                found.append({"title": title, "fields": present})
        rest = [self[name] for name in self.fields if name not in placed]
        if rest:
            found.append({"title": "", "fields": rest})
        return found

    def _post_clean(self) -> None:
        """Put the values onto the instance without asking the database: the door validates, once."""
        try:
            self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        except ValidationError as error:
            self._update_errors(error)
        _tidy(self)

    def add_refusal(self, error: ValidationError) -> None:
        """Show what the door refused, at its field where the form has it."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, messages in error.error_dict.items():
            known = name if name in self.fields else None
            if known is None and name != NON_FIELD_ERRORS:
                label = _label(self.entity, name)
                messages = [ValidationError(f"{label}: {text}") for one in messages for text in one.messages]
            self.add_error(known, messages)


def _label(entity: type[Entity], name: str) -> str:
    try:
        return capfirst(getattr(entity.model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name


def form_field(column: models.Field, **kwargs) -> forms.Field | None:
    """The form field of a model field: pickers for records, drop-downs for values, typed inputs for the rest."""
    if isinstance(column, models.ForeignKey):
        related = column.related_model
        if issubclass(related, Record) and not hasattr(related, "is_active"):
            return RecordChoiceField(
                related.objects.none(),
                search=matching,
                required=not column.blank,
                label=capfirst(column.verbose_name),
                help_text=column.help_text,
            )
        kwargs["widget"] = SelectOne
    elif isinstance(column, models.DateTimeField):
        kwargs["validators"] = [refuse_impossible_year]
        kwargs["widget"] = DateTimeInput
        kwargs["input_formats"] = [
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%d %H:%M:%S",
        ]
    elif isinstance(column, models.DateField):
        kwargs["widget"] = DateInput
        kwargs["validators"] = [refuse_impossible_year]
    elif isinstance(column, models.TextField | LinesField):
        kwargs["widget"] = Lines(attrs={"rows": 1 if isinstance(column, LinesField) else LONG_TEXT_ROWS})
    elif isinstance(column, MoneyField):
        kwargs["form_class"] = AmountField
        kwargs["localize"] = True
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "decimal"})
    elif column.choices:
        kwargs["widget"] = SelectOne
    field = column.formfield(**kwargs)
    if field is not None:
        dress(field)
    return field


def posted(request):
    """What a form is bound to: the POST, also an empty one; None for a GET."""
    return request.POST if request.method == "POST" else None


def dress(field: forms.Field) -> None:
    """Give a control the class that the style sheet knows."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    widget.attrs.setdefault("class", css)


def entity_form(entity: type[Entity]) -> type[RecordForm]:
    """The form class of an entity, with what it adds itself."""
    base = modelform_factory(entity.model, form=RecordForm, fields=entity.field_names(), formfield_callback=form_field)
    base.entity = entity
    return entity.form_class(base)


def record_keys(child: type[ChildRow]) -> list[str]:
    """Names of the foreign keys of child rows to other records, whose names the form shows."""
    return [
        column.name
        for column in child._meta.concrete_fields
        if isinstance(column, models.ForeignKey)
        and column.name != "parent"
        and issubclass(column.related_model, Record)
    ]


def is_plain_choice(field: forms.Field) -> bool:
    """Whether the field is a drop-down of catalog values or users, not a picker of records."""
    return isinstance(field, forms.ModelChoiceField) and not isinstance(field, RecordChoiceField)


class ChildFormSet(forms.BaseInlineFormSet):
    """The rows of one inline; `wanted()` are the rows the record shall have."""

    inline: Inline

    def __init__(self, *args, offered: Offered | None = None, **kwargs):
        self.offered = offered or Offered()
        super().__init__(*args, **kwargs)

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """The id of a row that is not, or no more, one of this record's makes it a new row; Django refuses the form.

        So what somebody else removed meanwhile can be compared, and the row of another record is never touched.
        """
        super().add_fields(form, index)
        known = form.fields["id"].initial
        form.fields["id"] = forms.CharField(required=False, initial=known, widget=forms.HiddenInput)
        for name, field in form.fields.items():
            if is_plain_choice(field):
                field.choices = self.offered.choices(field, getattr(form.instance, f"{name}_id", None))

    @classmethod
    def chosen_models(cls) -> set[type[models.Model]]:
        """The models behind the drop-downs of a row."""
        return {field.queryset.model for field in cls.form.base_fields.values() if is_plain_choice(field)}

    def clean(self) -> None:
        """Rows that were shown cannot be missing: only a broken form sends fewer."""
        if self.total_form_count() < self.initial_form_count():
            raise ValidationError(_("The rows came incomplete. Load the page again."), code="incomplete")

    def wanted(self) -> list[ChildRow]:
        """The rows in order, without removed and empty ones; of several primaries the newly ticked one counts."""
        rows, ticked = [], None
        for form in self.forms:
            if not hasattr(form, "cleaned_data") or form.cleaned_data.get("DELETE") or self._is_blank(form):
                continue
            row = form.instance
            if "is_primary" in form.changed_data and form.cleaned_data.get("is_primary"):
                ticked = row
            rows.append(row)
        if ticked is not None:
            for row in rows:
                row.is_primary = row is ticked
        return rows

    def _is_blank(self, form) -> bool:
        ignored = {"kind", "is_primary", "id", "parent", "DELETE", "label", "service"}
        return not any(value not in (None, "") for name, value in form.cleaned_data.items() if name not in ignored)


class ChildForm(forms.ModelForm):
    """One row; a row left blank is no error, it is removed."""

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, RecordChoiceField):
                present = getattr(self.instance, f"{name}_id", None)
                field.queryset = choosable(field, user, present)
                field.offer(getattr(self.instance, name) if present else None)

    def full_clean(self):
        super().full_clean()
        if self.is_bound and self._errors and self._typed_nothing():
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data = {"DELETE": True}

    def _typed_nothing(self) -> bool:
        names = [name for name in self.fields if name not in {"kind", "is_primary", "id", "parent", "DELETE"}]
        return not any(str(self.data.get(self.add_prefix(name), "")).strip() for name in names)

    def _post_clean(self):
        """Values only; the door validates the rows with their record."""
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        _tidy(self)


def _tidy(form: forms.ModelForm) -> None:
    """Bring the typed texts into the form in which the door keeps them, so that nothing else counts as a change."""
    for name in form.cleaned_data:
        if name in form.fields and isinstance(value := form.instance.__dict__.get(name), str):
            setattr(form.instance, name, tidy_text(form.instance._meta.get_field(name), value))


def child_formset(entity: type[Entity], inline: Inline) -> type[ChildFormSet]:
    """The form set class of one inline."""
    child = entity.model._meta.get_field(inline.name).related_model
    formset = inlineformset_factory(
        entity.model._meta.concrete_model,
        child,
        form=ChildForm,
        formset=ChildFormSet,
        fields=inline.fields,
        fk_name="parent",
        extra=1,
        max_num=200,
        absolute_max=200,
        formfield_callback=form_field,
    )
    formset.inline = inline
    return formset
