"""What the pages of proposed accounts show: rows, filters, the preview of accepting all, progress and figures."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.pages.job_card import job_card
from core.pages.pager import COUNT_LIMIT, shown_count
from core.records.rights import Right
from core.records.undo import figure
from core.records.undo_log import Undo

from .acceptance_models import AcceptanceRun
from .accepting import CHUNK, MOST_AT_ONCE
from .models import Contact
from .proposing import Proposal, Proposed, propose, waiting_contacts

PAGE_SIZE = 25
# With a least score a page looks at more contacts, and shows those of them that reach it.
SEARCHED_SIZE = 100
# What was found to be undecided is below the lowest of them: nobody accepts it unseen.
LEAST_SCORES = (60, 75, 90)
PREVIEWED = 600
EXAMPLES = 10


def may_link(user: Any) -> bool:
    """Whether user may cross-reference contacts to accounts."""
    return user.may(Right.EDIT, "account") and user.may(Right.EDIT, "contact")


def proposals_url(user: Any) -> str:
    """Where contacts without account are worked at, "" for whoever may not."""
    return reverse("contact_proposals") if may_link(user) else ""


def tone_of(score: int) -> str:
    """The colour of a score; its number is always written too."""
    return "success" if score >= 90 else "info" if score >= 60 else "warning"


def row(found: Proposed) -> dict[str, Any]:
    """One contact as the table shows it."""
    contact, best = found.contact, found.best
    sub = " · ".join(part for part in (contact.company_name, contact.email) if part)
    return {
        "contact": contact,
        "sub": sub or contact.phone,
        "best": best,
        "tone": tone_of(found.score),
        "options": [option(proposal) for proposal in found.proposals],
        # Where several fit as well, none is chosen beforehand.
        "must_choose": len(found.proposals) > 1 and found.score < LEAST_SCORES[0],
    }


def option(proposal: Proposal) -> tuple[int, str]:
    """(id, text) of an account in the select of a contact."""
    account = proposal.account
    place = [part for part in (account.number, account.billing_city) if part]
    return account.pk, " · ".join([account.name, *place, f"{proposal.score} %"])


def filters(least: int) -> list[dict[str, Any]]:
    """The least scores as links."""
    here = reverse("contact_proposals")
    labels = [(0, _("All")), *((score, _("%(score)s %% and more") % {"score": score}) for score in LEAST_SCORES)]
    return [
        {"label": label, "url": f"{here}?least={score}" if score else here, "active": score == least}
        for score, label in labels
    ]


def count(waiting: QuerySet[Contact]) -> str:
    """How many contacts wait, "1,000+" for more; looked for among the newest first."""
    number = waiting.order_by("-pk")[: COUNT_LIMIT + 1].count()
    return shown_count(min(number, COUNT_LIMIT), number <= COUNT_LIMIT)


def preview(user: Any, least: int) -> dict[str, Any]:
    """How many of the first waiting contacts have a proposal at each score, and some of them."""
    waiting = waiting_contacts(user).order_by("-pk")
    contacts = list(waiting[: PREVIEWED + 1])
    is_exact = len(contacts) <= PREVIEWED
    contacts = contacts[:PREVIEWED]
    found: list[Proposed] = []
    for start in range(0, len(contacts), CHUNK):
        found += propose(contacts[start : start + CHUNK], user=user)
    reached = [one for one in found if one.score >= least]
    return {
        "is_exact": is_exact,
        "is_background": len(contacts) > MOST_AT_ONCE,
        "looked_at": shown_count(len(contacts), is_exact),
        "scores": [
            {
                "score": score,
                "label": _("%(score)s %% and more") % {"score": score},
                "value": shown_count(sum(one.score >= score for one in found), is_exact),
                "url": f"?least={score}",
                "active": score == least,
            }
            for score in LEAST_SCORES
        ],
        "examples": [row(one) for one in reached[:EXAMPLES]],
        "reached": shown_count(len(reached), is_exact),
        "has_more": len(reached) > EXAMPLES or not is_exact,
        "has_any": bool(reached) or not is_exact,
        "button": _button(len(reached), least, is_exact),
    }


def _button(reached: int, least: int, is_exact: bool) -> str:
    if not is_exact:
        return _("Accept all of %(score)s %% and more") % {"score": least}
    text = ngettext("Accept %(n)s proposal", "Accept %(n)s proposals", reached)
    return text % {"n": shown_count(reached)}


def progress_card(run: AcceptanceRun) -> dict[str, Any]:
    """The progress of its job as templates/look/_job.html takes it."""
    is_undo, own = run.undo_job_id is not None, [run.pk]
    return job_card(
        run.present_job,
        title=_("Taking back what was accepted") if is_undo else _("Accepting proposals"),
        line="%(done)s",
        line_of_total=_("%(done)s of %(total)s"),
        note=_("You can close this page: it goes on, and you find it again under Contacts without account."),
        url=reverse("contact_proposals_progress", args=own),
        page_url=reverse("contact_proposals_run", args=own),
        cancel_url="" if is_undo else reverse("contact_proposals_cancel", args=own),
    )


def figures(run: AcceptanceRun, undo: Undo | None) -> list[dict[str, Any]]:
    """What a run has done, and what its undo has, as numbers with a word."""
    found = [(run.looked_at, _("contacts looked at")), (run.made, _("cross-referenced"))]
    if undo is not None and undo.started_at is not None:
        found += [(figure(undo.counts, "trashed"), _("taken back")), (figure(undo.counts, "kept"), _("kept"))]
    return [{"value": shown_count(value), "label": label} for value, label in found]
