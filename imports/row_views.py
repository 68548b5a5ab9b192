"""Single rows on the page of a dry run: cells corrected, decisions, names of no catalog; and the file of error rows."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from . import outcome_page
from .access import importers_only
from .check_start import begin_check
from .choosing import answer_names
from .error_files import ErrorFile, error_file, has_errors
from .file_errors import UnusableFile
from .models import Import, ImportRow
from .replanning import NotOffered, correct_row, decide_row
from .run import ImportNotReady
from .steps import url_of
from .stored_files import stored_file
from .wording import start_facts

LARGEST = 2**31 - 1
KEPT = ("show", "q", "after", "before")


@importers_only
@require_safe
def errors(request: HttpRequest, work: Import) -> HttpResponseBase:
    """The error rows with their reasons as a file of the same kind."""
    if not (work.has_started or work.stage == Import.Stage.CHECKED):
        return redirect(url_of(work))
    if not has_errors(work):
        messages.info(request, _("There are no error rows."))
        return redirect(url_of(work))
    source = stored_file(work)
    try:
        file = error_file(work, source.__enter__())
    except UnusableFile as error:
        messages.error(request, error.message)
        return redirect(url_of(work))
    response = StreamingHttpResponse(_closing(file, source), content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    return response


def _closing(file: ErrorFile, source: Any) -> Iterator[bytes]:
    """The content; the uploaded file is closed behind it, also when the browser goes away."""
    try:
        yield from file.content
    finally:
        source.__exit__(None, None, None)


@importers_only
@require_POST
def correct(request: HttpRequest, work: Import, number: int) -> HttpResponse:
    """Correct cells of a row of the dry run."""
    cells = {
        int(name[5:]): text
        for name, text in request.POST.items()
        if name.startswith("cell_") and name[5:].isascii() and name[5:].isdigit() and len(name) < 11
    }
    return _answer(request, work, lambda: correct_row(work=work, number=min(number, LARGEST), cells=cells))


@importers_only
@require_POST
def decide(request: HttpRequest, work: Import, number: int) -> HttpResponse:
    """Decide whom a row of the dry run means: "create", "skip", "update:id", "" takes it back."""
    decision, _colon, pk = request.POST.get("decision", "").partition(":")
    record_id = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
    number = min(number, LARGEST)
    return _answer(request, work, lambda: decide_row(work=work, number=number, decision=decision, record_id=record_id))


def _answer(request: HttpRequest, work: Import, act: Callable[[], ImportRow]) -> HttpResponse:
    """Do it and show the row: alone for a script, else on the page on which it stood."""
    try:
        row = act()
    except ImportNotReady:
        return _whole_page(request, url_of(work))
    except NotOffered as refusal:
        messages.error(request, str(refusal))
        return _whole_page(request, _page_address(request, work))
    except UnusableFile as error:
        messages.error(request, error.message)
        return _whole_page(request, _page_address(request, work))
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(f"{_page_address(request, work)}#row-{row.number}")
    show = request.POST.get("show", "")
    context = {
        "work": work,
        "row": outcome_page.shown_rows(work, [row], request.user)[0],
        "kept": kept(request.POST),
        "counts": outcome_page.counts(work.planned, show),
        **start_facts(work.planned),
        "may_act": True,  # the guard has asked
    }
    return render(request, "imports/_row_answer.html", context)


def kept(data: QueryDict) -> list[tuple[str, str]]:
    """(name, value) of what of the address of the dry run holds while its rows are worked on."""
    return [(name, data[name][:400]) for name in KEPT if data.get(name)]


def _page_address(request: HttpRequest, work: Import) -> str:
    query = urlencode(kept(request.POST))
    return url_of(work, "import_check") + (f"?{query}" if query else "")


def _whole_page(request: HttpRequest, address: str) -> HttpResponse:
    """Lead to a page as a whole, from a script too."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


@importers_only
@require_POST
def values(request: HttpRequest, work: Import) -> HttpResponse:
    """Keep what names of no catalog mean, and do the dry run anew."""
    fields, texts = request.POST.getlist("field"), request.POST.getlist("text")
    found = zip(fields, texts, request.POST.getlist("answer"), strict=False)
    answers = {(field, text): answer for field, text, answer in found if answer}
    if not answers:
        messages.error(request, _("Choose first what the names mean."))
        return redirect(url_of(work))
    try:
        work = answer_names(work=work, answers=answers)
    except ImportNotReady:
        return redirect(url_of(work))
    return begin_check(request, work, refused="import_matching")
