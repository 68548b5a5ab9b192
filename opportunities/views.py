"""Pages of an opportunity beyond the generic ones: won, lost, reopen, and moving to a stage."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.pages.errors import closed_meanwhile
from core.pages.forms import dress, posted
from core.pages.widgets import DateInput
from core.records.rights import Right
from setup_values.choices import active_values, preselected
from setup_values.models import Competitor, LostReason, OpportunityStatus, Stage, WonReason

from .closing import (
    OpportunityIsOpen,
    OpportunityNotOpen,
    WrongStatus,
    lose_opportunity,
    reopen_opportunity,
    win_opportunity,
)
from .models import Opportunity
from .stages import move_to_stage

MAX_ID = 2**63 - 1


class CloseForm(forms.Form):
    """What closing asks for; the status only where several active ones have the meaning."""

    meaning = ""
    closed_date = forms.DateField(label=gettext_lazy("Closed on"), widget=DateInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        values = active_values(OpportunityStatus).filter(meaning=self.meaning)
        if len(values[:2]) > 1:
            self.fields["status"] = forms.ModelChoiceField(
                values,
                label=_("Status"),
                initial=preselected(OpportunityStatus, meaning=self.meaning),
                empty_label=None,
            )
        for field in self.fields.values():
            dress(field)


class WinForm(CloseForm):
    """Won: amount, day, reason."""

    meaning = Opportunity.State.WON
    amount = forms.DecimalField(
        label=gettext_lazy("Actual amount"),
        min_value=0, max_digits=15, decimal_places=2, required=False, localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autofocus": True}),
    )  # fmt: skip
    reason = forms.ModelChoiceField(WonReason.objects.none(), label=gettext_lazy("Won reason"), required=False)
    field_order = ("amount", "closed_date", "status", "reason")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = active_values(WonReason)


class LoseForm(CloseForm):
    """Lost: reason, competitor, note."""

    meaning = Opportunity.State.LOST
    reason = forms.ModelChoiceField(LostReason.objects.none(), label=gettext_lazy("Lost reason"), required=False)
    competitor = forms.ModelChoiceField(Competitor.objects.none(), label=gettext_lazy("Competitor"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("reason", "competitor", "closed_date", "status", "note")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = active_values(LostReason)
        # Whoever loses says why, once the firm has reasons to choose from.
        self.fields["reason"].required = active_values(LostReason).exists()
        self.fields["competitor"].queryset = active_values(Competitor)


def _editable(request, pk: int) -> Opportunity:
    rows = Opportunity.objects.visible_to(request.user).select_related("account", "stage", "process", "status")
    opportunity = get_object_or_404(rows, pk=min(pk, MAX_ID))
    if not opportunity.allows(request.user, Right.EDIT):
        raise PermissionDenied
    return opportunity


def _crumbs(opportunity: Opportunity) -> list[tuple[str, str]]:
    return [(_("Opportunities"), reverse("opportunity_list")), (opportunity.topic, opportunity.get_absolute_url())]


def _closed_already(request, opportunity: Opportunity):
    text = _("This opportunity is closed already.")
    return closed_meanwhile(request, opportunity.get_absolute_url(), text, opportunity.lost_note)


def _close(request, pk: int, form_class, use_case, title: str, done: str, tone: str):
    opportunity = _editable(request, pk)
    if not opportunity.is_open:
        return _closed_already(request, opportunity)
    initial = {"closed_date": timezone.localdate(), "amount": opportunity.amount}
    form = form_class(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            use_case(opportunity=opportunity, actor=request.user, **form.cleaned_data)
        except OpportunityNotOpen:
            opportunity.refresh_from_db()
            return _closed_already(request, opportunity)
        except WrongStatus:
            form.add_error(None, _("No active status has this meaning: ask an administrator."))
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, done % {"topic": opportunity.topic})
        if not form.errors:
            return HttpResponseRedirect(opportunity.get_absolute_url())
    context = {
        "opportunity": opportunity,
        "form": form,
        "page_title": title % {"topic": opportunity.topic},
        "tone": tone,
        "becomes_customer": tone == "won" and opportunity.account.is_prospect,
        "crumbs": _crumbs(opportunity),
    }
    return render(request, "opportunities/close.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def win(request, pk: int):
    """GET asks for amount, day and reason; POST closes as won."""
    return _close(
        request, pk, WinForm, win_opportunity, _("Won: %(topic)s"), _("Won: %(topic)s. Congratulations!"), "won"
    )


@require_http_methods(["GET", "POST"])
def lose(request, pk: int):
    """GET asks for reason and competitor; POST closes as lost."""
    return _close(
        request, pk, LoseForm, lose_opportunity, _("Lost: %(topic)s"), _("%(topic)s is closed as lost."), "lost"
    )


@require_POST
def reopen(request, pk: int):
    """Open a closed opportunity again."""
    opportunity = _editable(request, pk)
    try:
        reopen_opportunity(opportunity=opportunity, actor=request.user)
    except OpportunityIsOpen:
        messages.info(request, _("This opportunity is open."))
    except WrongStatus:
        messages.error(request, _("No active status has this meaning: ask an administrator."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(topic)s is open again.") % {"topic": opportunity.topic})
    return HttpResponseRedirect(opportunity.get_absolute_url())


@require_http_methods(["GET", "POST"])
def move(request, pk: int):
    """GET asks whether to move to ?stage=..., POST moves."""
    opportunity = _editable(request, pk)
    asked = (request.POST or request.GET).get("stage", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise Http404
    stage = get_object_or_404(Stage.objects.select_related("process"), pk=int(asked))
    if request.method == "POST":
        try:
            move_to_stage(opportunity=opportunity, stage=stage, actor=request.user)
        except OpportunityNotOpen:
            messages.error(request, _("This opportunity is closed: reopen it before you move it."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Moved to %(stage)s.") % {"stage": stage.name})
        return HttpResponseRedirect(opportunity.get_absolute_url())
    context = {
        "opportunity": opportunity,
        "stage": stage,
        "page_title": _("Move to %(stage)s") % {"stage": stage.name},
        "crumbs": _crumbs(opportunity),
    }
    return render(request, "opportunities/move.html", context)
