"""Pages of activities beyond the generic ones: composer, completing a task, files, the timeline's next page."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.pages.forms import dress, posted
from core.pages.widgets import DateInput, DateTimeInput
from core.records.door import save_record
from core.records.form_keys import AlreadyUsed, remember, use_key
from core.records.means import Means
from core.records.registry import record_model
from core.records.rights import Right

from .composer import composer_context, composer_form
from .models import Attachment, Interaction, Task
from .regarding import REGARDING
from .tasks import TaskIsOpen, TaskNotOpen, cancel_task, complete_task, reopen_task
from .timeline import TimelineQuery, read_timeline

MAX_ID = 2**63 - 1


def _regarded(request, record_type: str, pk: int):
    """The record of the address: Http404 unless it can carry activities and the user sees it."""
    if record_type not in REGARDING or pk > MAX_ID:
        raise Http404
    return get_object_or_404(record_model(record_type).objects.visible_to(request.user), pk=pk)


@require_http_methods(["GET", "POST"])
def compose(request, record_type: str, pk: int):
    """GET: the composer with one tab open (a part of the page for scripts). POST: write what it says."""
    record = _regarded(request, record_type, pk)
    tab = request.GET.get("compose", "note")
    kind = "task" if tab in ("task", "meeting") else "interaction"
    if not request.user.may(Right.CREATE, kind):
        raise PermissionDenied
    form = composer_form(tab, request.POST, request.FILES) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            with transaction.atomic():
                key = use_key(form.cleaned_data.get("form_key", ""), request.user)
                form.save(record=record, actor=request.user, means=Means("form"))
                remember(key, record.get_absolute_url())
        except AlreadyUsed:
            return HttpResponseRedirect(record.get_absolute_url())
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(record.get_absolute_url())
    template = "activities/_composer.html" if request.htmx else "activities/compose.html"
    context = {**composer_context(record, tab, form), "page_title": str(record), "record": record}
    return render(request, template, context, status=422 if form is not None else 200)


@require_GET
def timeline(request, record_type: str, pk: int):
    """The entries before a moment, as a page of their own or as the next part of the list."""
    record = _regarded(request, record_type, pk)
    query = TimelineQuery.of(request.GET)
    context = {
        "record": record,
        "timeline": read_timeline(record, request.user, query),
        "timeline_query": query,
        "compose_type": record_type,
        "timeline_kinds": [*Interaction.Kind.choices, ("changes", _("Changes"))],
        "page_title": _("Timeline of %(what)s") % {"what": str(record)},
    }
    template = "activities/_timeline_items.html" if request.htmx else "activities/timeline.html"
    return render(request, template, context)


class OutcomeForm(forms.Form):
    """What came of a task."""

    outcome = forms.CharField(
        label=gettext_lazy("Outcome"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
    )
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When"), required=False, widget=DateTimeInput, input_formats=["%Y-%m-%dT%H:%M"]
    )
    duration_minutes = forms.IntegerField(label=gettext_lazy("Minutes"), required=False, min_value=0, max_value=100_000)
    follow_up_date = forms.DateField(label=gettext_lazy("Follow-up"), required=False, widget=DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            dress(field)


def _task(request, pk: int, right: str) -> Task:
    task = get_object_or_404(
        Task.objects.visible_to(request.user).select_related(*REGARDING, "owner"), pk=min(pk, MAX_ID)
    )
    if right != Right.VIEW and not task.allows(request.user, right):
        raise PermissionDenied
    return task


def _back(task: Task) -> str:
    """The record a task is about, else the task itself."""
    about = [record for record in task.regarding_records() if not record.is_trashed]
    return about[0].get_absolute_url() if about else task.get_absolute_url()


@require_http_methods(["GET", "POST"])
def task_complete(request, pk: int):
    """GET asks for the outcome, POST completes the task and writes it."""
    task = _task(request, pk, Right.EDIT)
    form = OutcomeForm(posted(request), initial={"happened_at": timezone.localtime()})
    if request.method == "POST" and form.is_valid():
        try:
            complete_task(task=task, actor=request.user, **form.cleaned_data)
        except TaskNotOpen:
            messages.info(request, _("This task is closed already."))
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
            return render(request, "activities/task_complete.html", _complete_context(task, form), status=422)
        else:
            messages.success(request, _("“%(task)s” is done.") % {"task": task.subject})
        return HttpResponseRedirect(_back(task))
    if not task.is_open:
        messages.info(request, _("This task is closed already."))
        return HttpResponseRedirect(_back(task))
    return render(
        request, "activities/task_complete.html", _complete_context(task, form), status=422 if form.errors else 200
    )


def _complete_context(task: Task, form: OutcomeForm) -> dict:
    return {
        "task": task,
        "form": form,
        "page_title": _("Complete: %(task)s") % {"task": task.subject},
        "cancel_url": _back(task),
        "crumbs": [(_back_label(task), _back(task))],
    }


def _back_label(task: Task) -> str:
    about = task.regarding_records()
    return str(about[0]) if about else task.subject


@require_POST
def task_cancel(request, pk: int):
    """Close a task without outcome."""
    task = _task(request, pk, Right.EDIT)
    try:
        cancel_task(task=task, actor=request.user)
    except TaskNotOpen:
        messages.info(request, _("This task is closed already."))
    else:
        messages.success(request, _("“%(task)s” is cancelled.") % {"task": task.subject})
    return HttpResponseRedirect(task.get_absolute_url())


@require_POST
def task_reopen(request, pk: int):
    """Open a closed task again."""
    task = _task(request, pk, Right.EDIT)
    try:
        reopen_task(task=task, actor=request.user)
    except TaskIsOpen:
        messages.info(request, _("This task is open."))
    else:
        messages.success(request, _("“%(task)s” is open again.") % {"task": task.subject})
    return HttpResponseRedirect(task.get_absolute_url())


@require_POST
def interaction_followed_up(request, pk: int):
    """Take an interaction off the list of follow-ups."""
    entry = get_object_or_404(Interaction.objects.visible_to(request.user), pk=min(pk, MAX_ID))
    if not entry.allows(request.user, Right.EDIT):
        raise PermissionDenied
    entry.followed_up_at = entry.followed_up_at or timezone.now()
    save_record(entry, actor=request.user, means=Means("form"))
    messages.success(request, _("Followed up."))
    return HttpResponseRedirect(entry.get_absolute_url())


@require_GET
def attachment(request, pk: int):
    """Download a file; always as a download, so that no browser runs it as a page of ours."""
    file = get_object_or_404(Attachment.objects.visible_to(request.user), pk=min(pk, MAX_ID))
    try:
        stored = file.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(stored, as_attachment=True, filename=file.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
