"""What one row of a cross-reference card posts: role, beginning and end, and the version that was shown."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from setup_values.models import ContactRole

from .models import CrossReference


class ReferenceRowForm(forms.Form):
    """Only fields that were posted count, so that one button can send the date without the role."""

    role = forms.ModelChoiceField(ContactRole.objects.none(), required=False)
    from_date = forms.DateField(required=False)
    to_date = forms.DateField(required=False)
    version = forms.IntegerField(required=False)

    def __init__(self, data: Any, *, reference: CrossReference):
        super().__init__(data)
        self.reference = reference
        offered = Q(is_active=True) | Q(pk=reference.role_id)
        self.fields["role"].queryset = ContactRole.objects.filter(offered)

    def changes(self) -> dict[str, Any]:
        """{name: value} of what differs from the row as it is stored; {} when nothing does."""
        names = [name for name in ("role", "from_date", "to_date") if name in self.data]
        present = {name: getattr(self.reference, name) for name in names}
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name] != present[name]}

    def clean(self):
        data = super().clean()
        seen = data.get("version")
        if not self.errors and seen is not None and seen != self.reference.version and self.changes():
            raise ValidationError(_("Somebody changed it meanwhile: look at it again."), code="changed")
        return data
