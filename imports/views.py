"""Pages of an import before its dry run: the list with the upload, what was recognised, the mapping."""

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.pages.pager import get_page, shown_count
from setup_values.readiness import GATED, gate_notice

from . import mapping_page
from .access import corrected_import, importers_only, imports_of, may_import, owners_only, refusal
from .choosing import bring_file, choose_reading, choose_target, discard
from .file_errors import UnusableFile
from .models import Import
from .run import ImportNotReady, rights_of
from .saved_maps import apply_fitting_map, map_text
from .steps import FILE, RECOGNISED, is_stopped, steps, url_of
from .target_list import better_targets, target_named, target_of, targets_for
from .targets import Target
from .template_files import FORMATS, LANGUAGES
from .wording import DELIMITER_CODES, DELIMITER_NAMES, ENCODING_CHOICES, source_text

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
MOST_PASTED = 2_000_000


class UploadForm(forms.Form):
    """What is brought in, and a file, or text copied from a spreadsheet or a card."""

    entity = forms.ChoiceField(label=gettext_lazy("What the file holds"), required=False)
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,
        max_length=1000,
        widget=forms.FileInput(
            attrs={
                "class": "form-control",
                "accept": ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.vcf,.vcard,.zip,text/csv,text/vcard",
            }
        ),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste rows or cards"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 5, "spellcheck": "false"}),
    )

    def __init__(self, request: HttpRequest, *args: Any):
        super().__init__(*args)
        offered = targets_for(request.user)
        self.asked = request.POST.get("entity") or request.GET.get("entity") or ""
        # The kind that the page was opened for, the first one without; an unknown one is refused by the field.
        self.wanted = self.asked if any(target.name == self.asked for target in offered) else offered[0].name
        self.fields["entity"].choices = grouped_targets(offered)
        self.fields["entity"].initial = self.wanted
        self.fields["entity"].widget.attrs["class"] = "form-select"

    def clean_entity(self) -> str:
        return self.cleaned_data["entity"] or self.wanted

    def clean_text(self) -> str:
        """The limit is told here: a browser that knew it would cut what is pasted without a word."""
        text = self.cleaned_data["text"]
        if len(text) > MOST_PASTED:
            said = _(
                "The text has %(n)s characters; up to %(most)s can be pasted. Save it as a file and choose that file."
            )
            raise forms.ValidationError(said % {"n": shown_count(len(text)), "most": shown_count(MOST_PASTED)})
        return text

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not found.get("file") and not (found.get("text") or "").strip():
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        return found

    def brought(self) -> tuple[File, str]:
        """(the file, its name)."""
        if upload := self.cleaned_data.get("file"):
            return upload, upload.name
        return File(io.BytesIO(self.cleaned_data["text"].encode())), _("Pasted text")


def grouped_targets(offered: list[Target]) -> list[Any]:
    """The choices of what a file holds; the catalogs of setup values stand together at the end."""
    records = [(target.name, target.label()) for target in offered if not target.is_setup]
    values = [(target.name, target.label()) for target in offered if target.is_setup]
    return [*records, (_("Setup values"), values)] if values else records


@get_or_post
def import_list(request: HttpRequest) -> HttpResponse:
    """GET: bring a file, and the imports so far. POST: keep the file and go on to what was recognised.

    Whoever may import nothing any more finds the imports that he brought before.
    """
    if not may_import(request.user):
        if request.method == "POST" or not imports_of(request.user).exists():
            raise refusal()
        return _list_page(request, None, None)
    form = UploadForm(request, request.POST, request.FILES) if request.method == "POST" else UploadForm(request)
    corrects = corrected_import(request)
    if request.method == "POST" and _gate(request, form) is None and form.is_valid():
        source, name = form.brought()
        try:
            entity = form.cleaned_data["entity"]
            work = bring_file(source=source, name=name, actor=request.user, entity=entity, corrects=corrects)
            if corrects is None:
                apply_fitting_map(work=work, actor=request.user)
        except UnusableFile as error:
            form.add_error("file" if form.cleaned_data.get("file") else "text", error.message)
        else:
            if work.options:
                messages.success(request, _("Read and mapped like the import whose error rows it holds."))
            return redirect("import_recognised", work.pk)
    return _list_page(request, form, corrects)


def _list_page(request: HttpRequest, form: UploadForm | None, corrects: Import | None) -> HttpResponse:
    gate = _gate(request, form) if form is not None else None
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    rows = imports_of(request.user).select_related("created_by", "job", "check_job")
    page = get_page(rows, sort="pk", descending=True, before=before, after=after)
    is_refused = form is not None and bool(form.errors or (gate and request.method == "POST"))
    context = {
        "page_title": _("Import"),
        "form": form,
        "page": page,
        "rows": [_listed(work) for work in page.rows],
        "shows_people": request.user.is_administrator,
        "gate": gate,
        **(_upload_context(request, form, corrects) if form is not None else {}),
    }
    return render(request, "imports/list.html", context, status=422 if is_refused else 200)


def _listed(work: Import) -> dict[str, Any]:
    """One import of the list; its figures are those of the run, before it the rows of the dry run."""
    counts = work.counts if work.has_started else {"rows": work.planned.get("rows")}
    figures = ("rows", "created", "updated", "errors")
    return {
        "work": work,
        "url": url_of(work),
        "what": target_of(work).label(),
        "figures": [shown_count(counts[name]) if counts.get(name) is not None else "" for name in figures],
        "is_stopped": is_stopped(work) or work.is_cancelled,
        "is_busy": work.stage in (Import.Stage.CHECKING, Import.Stage.RUNNING),
    }


def _upload_context(request: HttpRequest, form: UploadForm, corrects: Import | None) -> dict[str, Any]:
    """What the list shows to whoever may bring a file."""
    return {
        "steps": steps(None, FILE),
        "corrects": corrects,
        "most_megabytes": 200,
        "template_kinds": [(kind.plural, kind.label(), kind.name == form.wanted) for kind in targets_for(request.user)],
        "template_formats": [(ending, one.name) for ending, one in FORMATS.items()],
        "template_languages": [(code, name) for code, (name, _delimiter) in LANGUAGES.items()],
    }


def _gate(request: HttpRequest, form: UploadForm) -> Any:
    """Why nothing of the kind that is asked for can be brought in yet, None when it can."""
    return gate_notice(request.user, form.asked) if form.asked in GATED else None


@importers_only
@require_safe
def import_detail(request: HttpRequest, work: Import) -> HttpResponse:
    """The page on which the import stands."""
    return redirect(url_of(work))


class ReadingForm(forms.Form):
    """How a table is read, by sheet or by encoding and delimiter; empty choices leave it to the recognition."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=gettext_lazy("Delimiter"), required=False)
    header_line = forms.TypedChoiceField(label=gettext_lazy("Header row"), required=False, coerce=int, empty_value=None)

    def __init__(self, work: Import, data: Any = None):
        self.work = work
        found = work.recognised
        codes = {delimiter: code for code, delimiter in DELIMITER_CODES.items()}
        encoding = "utf-8" if found["encoding"] == "utf-8-sig" else found["encoding"]
        header = found["header_line"] or 0
        super().__init__(
            data,
            initial={
                "encoding": encoding,
                "delimiter": codes.get(found["delimiter"], ""),
                "header_line": header,
                "sheet": found.get("sheet"),
            },
        )
        lines = [entry["line"] for entry in work.sample["top"]]
        lines = sorted({*lines, header} - {0})
        place = _("row %(n)s") if found.get("sheet") else _("line %(n)s")
        choices = {
            "sheet": [(name, name) for name in found.get("sheets", ())],
            "encoding": ENCODING_CHOICES
            if encoding in dict(ENCODING_CHOICES)
            else [(encoding, encoding), *ENCODING_CHOICES],
            "delimiter": [(code, DELIMITER_NAMES[text]) for code, text in DELIMITER_CODES.items()],
            "header_line": [(0, _("no header row")), *((line, place % {"n": line}) for line in lines)],
        }
        if not codes.get(found["delimiter"]):
            choices["delimiter"].insert(0, ("", found["delimiter"] or _("none, one column")))
        for name in ("encoding", "delimiter") if choices["sheet"] else ("sheet",):
            del self.fields[name]
        for name, field in self.fields.items():
            field.choices = choices[name]
            field.widget.attrs["class"] = "form-select"

    def chosen(self) -> dict[str, Any]:
        """What choose_reading takes: what was chosen before and now; the rest is left to the recognition."""
        found = {"encoding": "", "delimiter": "", "header_line": None, "sheet": ""}
        found |= {name: self.work.options[name] for name in found if name in self.work.options}
        for name in self.changed_data:
            value = self.cleaned_data[name]
            found[name] = DELIMITER_CODES.get(value, "") if name == "delimiter" else value
        if "sheet" in self.changed_data:  # a row of the sheet before says nothing about this one
            found["header_line"] = None
        return found


@importers_only
@get_or_post
def recognised(request: HttpRequest, work: Import) -> HttpResponse:
    """GET: what the file turned out to be, with its first rows. POST: read it in another way."""
    if work.has_started:
        return redirect(url_of(work))
    form = None if work.is_vcard else ReadingForm(work, request.POST if request.method == "POST" else None)
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            choose_reading(work=work, **form.chosen())
        except UnusableFile as error:
            form.add_error(None, error.message)
        except ImportNotReady:
            return redirect(url_of(work))
        else:
            return redirect("import_recognised", work.pk)
    context = {
        "page_title": target_of(work).title(),
        "work": work,
        "steps": steps(work, RECOGNISED),
        "form": form,
        "map_name": map_text(work),
        "source_name": source_text(work),
        "facts": mapping_page.facts(work),
        **mapping_page.sample_table(work),
        "better": better_targets(work, rights_of(work, request.user)),
    }
    return render(request, "imports/recognised.html", context, status=422 if form is not None and form.errors else 200)


@importers_only
@require_POST
def change_kind(request: HttpRequest, work: Import) -> HttpResponse:
    """Take the rows of the file for another kind of record."""
    target = target_named(request.POST.get("entity", ""))
    if target is None or not all(target.may_import(user) for user in (request.user, rights_of(work, request.user))):
        raise Http404
    if not work.has_started:
        try:
            choose_target(work=work, target=target)
        except UnusableFile as error:
            messages.error(request, error.message)
        except ImportNotReady:
            pass
    return redirect("import_recognised" if not work.has_started else "import_report", work.pk)


@owners_only
@require_POST
def import_discard(request: HttpRequest, work: Import) -> HttpResponse:
    """Delete an import that has written nothing."""
    try:
        discard(work=work)
    except ImportNotReady:
        messages.error(request, _("This import is under way or has written records: it stays in the list."))
    else:
        messages.success(request, _("“%(name)s” was discarded.") % {"name": work.file_name})
    has_list = may_import(request.user) or imports_of(request.user).exists()
    return HttpResponseRedirect(reverse("import_list" if has_list else "home"))
