"""Load the demo records into an installation that is in use, and remove them; administrators only."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from .loading import DemoAlreadyLoaded, is_loaded, load_demo
from .wiping import demo_ids, remove_demo


@require_POST
def load(request):
    """The demo records, all of them belonging to whoever asks; no demo users beside real ones."""
    if not request.user.is_administrator:
        raise Http404
    try:
        load_demo(language=request.user.language, actor=request.user, with_users=False)
    except DemoAlreadyLoaded:
        messages.info(request, _("The sample data is there already."))
    else:
        messages.success(request, _("The sample data is loaded. You can remove it on this page at any time."))
    return HttpResponseRedirect(reverse("setup"))


@require_http_methods(["GET", "POST"])
def remove(request):
    """GET says what goes, POST removes it."""
    if not request.user.is_administrator or not is_loaded():
        raise Http404
    if request.method == "GET":
        count = sum(len(ids) for ids in demo_ids().values())
        return render(request, "workspace/demo_remove.html", {"page_title": _("Remove sample data"), "count": count})
    result = remove_demo(actor=request.user)
    messages.success(
        request,
        ngettext("%(n)d sample record is removed.", "%(n)d sample records are removed.", result.records)
        % {"n": result.records},
    )
    if result.kept:
        text = ngettext(
            "%(n)d is kept because your own records hang on it.",
            "%(n)d are kept because your own records hang on them.",
            result.kept,
        )
        messages.info(request, text % {"n": result.kept})
    return HttpResponseRedirect(reverse("setup"))
