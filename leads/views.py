"""Pages of a lead beyond the generic ones: qualify, disqualify, reactivate, and qualifying many."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.pages.errors import closed_meanwhile
from core.pages.forms import posted
from core.records.rights import Right

from .disqualification import LeadNotDisqualified, OpportunityLinked, disqualify_lead, reactivate_lead
from .forms import DisqualifyForm, QualifyForm
from .models import Lead
from .qualification import LeadNotOpen, NotVisible, OpportunityNeedsAccount, Qualified, carried_over, qualify_lead

MAX_ID = 2**63 - 1


def _editable(request, pk: int) -> Lead:
    related = ("status", "source", "owner", "team", "territory", "existing_account", "existing_contact", "created_by")
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related(*related), pk=min(pk, MAX_ID))
    if not lead.allows(request.user, Right.EDIT):
        raise PermissionDenied
    return lead


@require_http_methods(["GET", "POST"])
def qualify(request, pk: int):
    """GET shows the three parts with their matches; POST qualifies."""
    lead = _editable(request, pk)
    if not lead.is_open:
        messages.info(request, _("This lead is closed already."))
        return HttpResponseRedirect(lead.get_absolute_url())
    two_steps = request.GET.get("steps") == "prospect"
    form = QualifyForm(posted(request), lead=lead, user=request.user, two_steps=two_steps)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = qualify_lead(lead=lead, actor=request.user, **form.parts())
        except LeadNotOpen:
            messages.info(request, _("This lead is closed already."))
            return HttpResponseRedirect(lead.get_absolute_url())
        except (NotVisible, OpportunityNeedsAccount):
            form.add_error(None, _("Choose an account for the opportunity."))
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, _("%(lead)s is qualified.") % {"lead": str(lead)})
            return HttpResponseRedirect(target_of(outcome))
    context = {
        "lead": lead,
        "form": form,
        "two_steps": two_steps,
        "carried": carried_over(lead),
        "page_title": _("Qualify lead: %(lead)s") % {"lead": str(lead)},
        "crumbs": [(_("Leads"), "/leads/"), (str(lead), lead.get_absolute_url())],
    }
    return render(request, "leads/qualify.html", context, status=422 if form.errors else 200)


def target_of(outcome: Qualified) -> str:
    """The page to go on with: the opportunity, else the account, else the contact."""
    record = outcome.opportunity or outcome.account or outcome.contact
    return record.get_absolute_url()


def _closed_already(request, lead: Lead):
    text = _("This lead is closed already.")
    return closed_meanwhile(request, lead.get_absolute_url(), text, lead.disqualification_note)


@require_http_methods(["GET", "POST"])
def disqualify(request, pk: int):
    """GET asks for the reason, POST closes the lead."""
    lead = _editable(request, pk)
    form = DisqualifyForm(posted(request))
    if not lead.is_open:
        return _closed_already(request, lead)
    if request.method == "POST" and form.is_valid():
        try:
            disqualify_lead(lead=lead, actor=request.user, **form.cleaned_data)
        except LeadNotOpen:
            lead.refresh_from_db()
            return _closed_already(request, lead)
        except OpportunityLinked:
            form.add_error(None, _("An opportunity came from this lead: delete it first."))
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, _("%(lead)s is disqualified.") % {"lead": str(lead)})
        if not form.errors:
            return HttpResponseRedirect(lead.get_absolute_url())
    context = {
        "lead": lead,
        "form": form,
        "page_title": _("Disqualify: %(lead)s") % {"lead": str(lead)},
        "crumbs": [(_("Leads"), "/leads/"), (str(lead), lead.get_absolute_url())],
    }
    return render(request, "leads/disqualify.html", context, status=422 if form.errors else 200)


@require_POST
def reactivate(request, pk: int):
    """Open a disqualified lead again."""
    lead = _editable(request, pk)
    try:
        reactivate_lead(lead=lead, actor=request.user)
    except LeadNotDisqualified:
        messages.info(request, _("This lead is not disqualified."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(lead)s is open again.") % {"lead": str(lead)})
    return HttpResponseRedirect(lead.get_absolute_url())
