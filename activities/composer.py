"""The composer of a record: note, call, e-mail, task, meeting, written beside the timeline."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.pages.forms import dress
from core.pages.widgets import DateInput, DateTimeInput
from core.records.door import save_record
from core.records.form_keys import new_key
from core.records.means import Means
from core.records.models import Record

from .files import attach_files, validate_uploads
from .models import Interaction, Task

TABS = (
    ("note", _("Note"), "note"),
    ("call", _("Call"), "phone"),
    ("email", _("E-mail"), "mail"),
    ("task", _("Task"), "checkbox"),
    ("meeting", _("Meeting"), "calendar-event"),
)


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Files to attach; each is checked, nothing is read into memory."""

    widget = ManyFilesInput

    def clean(self, data, initial=None):
        files = [file for file in (data or []) if file] if isinstance(data, list | tuple) else [data] if data else []
        validate_uploads(files)
        return files


class ComposeForm(forms.Form):
    """What all tabs share."""

    form_key = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form_key"].initial = new_key()
        for name, field in self.fields.items():
            if name != "form_key":
                dress(field)


class InteractionForm(ComposeForm):
    """Something that happened."""

    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("What was said, agreed, noticed?")}),
    )
    direction = forms.ChoiceField(
        label=_("Direction"), choices=Interaction.Direction.choices, required=False, widget=forms.Select
    )
    happened_at = forms.DateTimeField(
        label=_("When"), required=False, widget=DateTimeInput, input_formats=["%Y-%m-%dT%H:%M"]
    )
    duration_minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=100_000)
    follow_up_date = forms.DateField(label=_("Follow-up"), required=False, widget=DateInput)
    is_private = forms.BooleanField(label=_("Private"), required=False)
    files = FilesField(label=_("Files"), required=False)

    def __init__(self, *args, kind: str, **kwargs):
        self.kind = kind
        super().__init__(*args, **kwargs)
        if kind == "note":
            for name in ("direction", "happened_at", "duration_minutes"):
                del self.fields[name]
        elif kind == "email":
            del self.fields["duration_minutes"]

    def clean(self):
        data = super().clean()
        if not data.get("subject", "").strip() and not data.get("body", "").strip():
            self.add_error("body", _("Write something first."))
        return data

    def save(self, *, record: Record, actor: Any, means: Means) -> Interaction:
        """Write the interaction with its files."""
        data = dict(self.cleaned_data)
        files = data.pop("files")
        data.pop("form_key")
        if not data.get("happened_at"):
            data["happened_at"] = timezone.now()
        with transaction.atomic():
            entry = Interaction(kind=self.kind, owner=actor, team=actor.team, **data, **record.regarding_keys())
            save_record(entry, actor=actor, means=means)
            attach_files(files=files, actor=actor, means=means, interaction=entry, **record.regarding_keys())
        return entry


class TaskForm(ComposeForm):
    """Something to do; as a meeting with start, end and place."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    due_date = forms.DateField(label=_("Due date"), required=False, widget=DateInput)
    start_at = forms.DateTimeField(label=_("Starts"), widget=DateTimeInput, input_formats=["%Y-%m-%dT%H:%M"])
    end_at = forms.DateTimeField(
        label=_("Ends"), required=False, widget=DateTimeInput, input_formats=["%Y-%m-%dT%H:%M"]
    )
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[choice for choice in Task.Kind.choices if choice[0] != "meeting"]
    )
    priority = forms.ChoiceField(label=_("Priority"), choices=Task.Priority.choices, initial=Task.Priority.NORMAL)

    def __init__(self, *args, kind: str, **kwargs):
        self.meeting = kind == "meeting"
        super().__init__(*args, **kwargs)
        for name in ("due_date", "kind") if self.meeting else ("start_at", "end_at", "place"):
            del self.fields[name]

    def save(self, *, record: Record, actor: Any, means: Means) -> Task:
        """Write the task, assigned to its author."""
        data = dict(self.cleaned_data)
        data.pop("form_key")
        if self.meeting:
            data["kind"] = Task.Kind.MEETING
        task = Task(owner=actor, team=actor.team, **data, **record.regarding_keys())
        return save_record(task, actor=actor, means=means)


def composer_form(tab: str, data=None, files=None) -> ComposeForm:
    """The form of one tab; an unknown one is the note."""
    known = {key for key, _label, _icon in TABS}
    kind = tab if tab in known else "note"
    form = TaskForm if kind in ("task", "meeting") else InteractionForm
    return form(data, files, kind=kind)


def composer_context(record: Record, tab: str, form: ComposeForm | None = None) -> dict:
    """What templates/activities/_composer.html shows."""
    known = {key for key, _label, _icon in TABS}
    tab = tab if tab in known else "note"
    return {
        "compose_tab": tab,
        "compose_tabs": [{"key": key, "label": label, "icon": icon, "active": key == tab} for key, label, icon in TABS],
        "compose_form": form or composer_form(tab),
        "compose_record": record,
        "compose_type": record.record_type(),
    }
