"""What a record picker offers while somebody types: at most 20 records that the user may see."""

from django.http import Http404, JsonResponse
from django.views.generic import View

from core.records.registry import record_model
from core.records.search_text import matching

MOST = 20


class RecordOptionsView(View):
    """GET /options/<record type>/?q=... answers [{"id", "text", "hint"}]; without q the latest changed ones."""

    def get(self, request, record_type: str):
        try:
            model = record_model(record_type)
        except KeyError:
            raise Http404 from None
        if not hasattr(model, "owner_id"):
            raise Http404
        rows = model.objects.visible_to(request.user)
        text = request.GET.get("q", "").strip()[:200]
        rows = matching(rows, text) if text else rows
        account = request.GET.get("account", "")
        if account.isascii() and account.isdigit() and hasattr(model, "of_account"):
            rows = model.of_account(rows, int(account), request.user)
        found = list(rows.order_by("-pk")[:MOST])
        hints = model.option_hints(found, request.user) if hasattr(model, "option_hints") else {}
        return JsonResponse(
            [{"id": row.pk, "text": str(row), "hint": hints.get(row.pk, "")} for row in found], safe=False
        )
