"""Filters of a list, built from Entity.list_filter with django-filter; only declared names reach the database."""

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.records.models import Record
from core.records.search_text import matching

from .entity import Entity
from .forms import dress
from .widgets import AmountField, DateInput, RecordChoiceField, SelectOne

ME, NOBODY = "me", "none"


@dataclass(frozen=True)
class Chip:
    """One active filter as the list shows it: what, which value, and the address without it."""

    label: str
    value: str
    remove_url: str


class OwnerFilter(django_filters.ChoiceFilter):
    """Users, with "me" and "nobody" first."""

    def filter(self, qs, value):
        if not value:
            return qs
        if value == NOBODY:
            return qs.filter(**{f"{self.field_name}__isnull": True})
        return qs.filter(**{self.field_name: self.parent.request.user.pk if value == ME else int(value)})


class RecordFilterField(RecordChoiceField):
    """The picker of a filter: it shows the present choice alone, and without JavaScript finds by a few letters."""

    def __init__(self, queryset, *, empty_label=None, null_label=None, null_value=None, **kwargs):
        super().__init__(queryset, search=matching, **kwargs)
        dress(self)
        self.offer(None)


class RecordFilter(django_filters.ModelChoiceFilter):
    """One record of thousands; only those that the user may see can be asked for."""

    field_class = RecordFilterField

    def __init__(self, related: type[Record], **kwargs):
        def visible(request):
            return related.objects.visible_to(request.user)

        super().__init__(queryset=visible, **kwargs)


class MomentFilter(django_filters.DateFilter):
    """Moments from or up to a whole day of the user's zone; compares the bare column, so that its index serves."""

    def filter(self, qs, value):
        if value is None:
            return qs
        try:
            day = value if self.lookup_expr == "gte" else value + datetime.timedelta(days=1)
            midnight = timezone.make_aware(datetime.datetime.combine(day, datetime.time.min)).astimezone(datetime.UTC)
        except OverflowError:
            # The first and the last day of the calendar leave nothing out.
            return qs
        return qs.filter(**{f"{self.field_name}__{self.lookup_expr}": midnight})


class AmountFilter(django_filters.NumberFilter):
    """A bound of a number, typed as the language writes it; never more digits than the column has."""

    field_class = AmountField

    def __init__(self, column: models.Field, lookup_expr: str, **kwargs):
        digits = {name: getattr(column, name, limit) for name, limit in (("max_digits", 18), ("decimal_places", 0))}
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control"})
        super().__init__(column.name, lookup_expr, localize=True, widget=widget, **digits, **kwargs)

    def get_max_validator(self) -> None:
        """The digits of the column are the bound."""


def _owner_choices():
    people = get_user_model().objects.order_by("name").values_list("pk", "name")
    return [(ME, _("Me")), (NOBODY, _("Nobody")), *((str(pk), name) for pk, name in people)]


# The filters of an entity are kept for all requests: their labels are made anew in the language of each.
_bound = lazy(lambda text, label: capfirst(text % label), str)


def _filter_for(entity: type[Entity], name: str) -> dict[str, django_filters.Filter]:
    column = entity.model._meta.get_field(name)
    label = capfirst(column.verbose_name)
    if isinstance(column, models.ForeignKey):
        related = column.related_model
        if not issubclass(related, Record):
            if name == "owner" or related._meta.model_name == "user":
                return {name: OwnerFilter(field_name=name, label=label, choices=_owner_choices, widget=SelectOne)}
            queryset = related._default_manager.all()
            return {name: django_filters.ModelChoiceFilter(queryset=queryset, label=label, widget=SelectOne)}
        if hasattr(related, "is_active"):
            queryset = lambda request: related.objects.all()
            return {name: django_filters.ModelChoiceFilter(queryset=queryset, label=label, widget=SelectOne)}
        return {name: RecordFilter(related, label=label)}
    if column.choices:
        return {name: django_filters.ChoiceFilter(choices=column.choices, label=label, widget=SelectOne)}
    if isinstance(column, models.DateTimeField):
        return {
            f"{name}_from": MomentFilter(name, "gte", label=_bound(_("%s from"), label), widget=DateInput),
            f"{name}_to": MomentFilter(name, "lt", label=_bound(_("%s to"), label), widget=DateInput),
        }
    if isinstance(column, models.DateField):
        return {
            f"{name}_from": django_filters.DateFilter(name, "gte", label=_bound(_("%s from"), label), widget=DateInput),
            f"{name}_to": django_filters.DateFilter(name, "lte", label=_bound(_("%s to"), label), widget=DateInput),
        }
    if isinstance(column, models.BooleanField):
        choices = [("true", _("Yes")), ("false", _("No"))]
        return {
            name: django_filters.TypedChoiceFilter(
                choices=choices, coerce=lambda value: value == "true", label=label, widget=SelectOne
            )
        }
    return {
        f"{name}_min": AmountFilter(column, "gte", label=_bound(_("%s from"), label)),
        f"{name}_max": AmountFilter(column, "lte", label=_bound(_("%s to"), label)),
    }


@lru_cache(maxsize=64)
def filterset_class(entity: type[Entity]) -> type[django_filters.FilterSet]:
    """The filter set of an entity: one filter (two for ranges) per name of list_filter."""
    filters: dict[str, Any] = {}
    for name in entity.list_filter:
        filters.update(_filter_for(entity, name))
    meta = type("Meta", (), {"model": entity.model, "fields": []})
    return type(f"{entity.__name__}Filters", (django_filters.FilterSet,), {**filters, "Meta": meta})


class ListFilters:
    """The filters of one request: `apply` narrows a queryset, `chips` says what is active, `form` offers them all."""

    def __init__(self, entity: type[Entity], request):
        self.request = request
        names = filterset_class(entity).base_filters
        data = QueryDict(mutable=True)
        for name in names:
            # What somebody without JavaScript typed instead of choosing counts while nothing is chosen.
            for key in (name, f"{name}-search"):
                if value := request.GET.get(key, "").strip():
                    data[key] = value
                    break
        self.data = data
        self.set = filterset_class(entity)(data or None, queryset=entity.model.objects.none(), request=request)

    @property
    def form(self) -> forms.Form:
        return self.set.form

    @property
    def is_active(self) -> bool:
        return bool(self.data)

    def apply(self, rows: models.QuerySet) -> models.QuerySet:
        """Narrow rows; what cannot be understood is shown at its field and narrows nothing."""
        if not self.is_active:
            return rows
        self.form.is_valid()
        for name, value in self.form.cleaned_data.items():
            if self._is_given(value):
                rows = self.set.filters[name].filter(rows, value)
        return rows

    @staticmethod
    def _is_given(value: Any) -> bool:
        return value is not None and value != ""

    @property
    def is_refused(self) -> bool:
        """Whether something could not be understood, which the form then says."""
        return self.is_active and bool(self.form.errors)

    def chips(self) -> list[Chip]:
        """Active filters in the order in which they were declared."""
        found = []
        if not self.is_active:
            return found
        for name in self.set.filters:
            if self._is_given(getattr(self.form, "cleaned_data", {}).get(name)):
                left = self.request.GET.copy()
                for gone in (name, f"{name}-search", "after", "before"):
                    left.pop(gone, None)
                text = self._value_text(name)
                found.append(Chip(str(self.set.filters[name].label), text, f"?{left.urlencode()}"))
        return found

    def _value_text(self, name: str) -> str:
        value = self.form.cleaned_data[name]
        if isinstance(value, models.Model):
            return str(value)
        for key, label in getattr(self.form.fields[name], "choices", ()):
            if str(key) == self.data.get(name):
                return str(label)
        return date_format(value) if isinstance(value, datetime.date) else str(value)
