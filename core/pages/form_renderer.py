"""Writes the usual form controls without templates: a form with its rows has over a hundred of them.

The HTML is that of Django's own widget templates (a test compares them), but for an empty choice, which is one dash
instead of nine; any other control still has its template.
"""

from collections.abc import Callable
from typing import Any

from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

DASHES = BLANK_CHOICE_DASH[0][1]


def _attributes(attrs: dict[str, Any]) -> SafeString:
    """` name="value"` for each; True gives the bare name, False nothing."""
    words = format_html_join("", " {}", ((name,) for name, value in attrs.items() if value is True))
    pairs = ((name, value) for name, value in attrs.items() if value is not True and value is not False)
    return format_html("{}{}", format_html_join("", ' {}="{}"', pairs), words)


def _input(widget: dict[str, Any]) -> SafeString:
    value = widget["value"]
    shown = "" if value is None else format_html(' value="{}"', str(value) if not isinstance(value, str) else value)
    attributes = _attributes(widget["attrs"])
    return format_html('<input type="{}" name="{}"{}{}>', widget["type"], widget["name"], shown, attributes)


def _textarea(widget: dict[str, Any]) -> SafeString:
    attributes = _attributes(widget["attrs"])
    return format_html('<textarea name="{}"{}>\n{}</textarea>', widget["name"], attributes, widget["value"] or "")


def _option(option: dict[str, Any]) -> SafeString:
    value = option["value"]
    attributes = _attributes(option["attrs"])
    label = "—" if option["label"] == DASHES else option["label"]
    return format_html('<option value="{}"{}>{}</option>', str(value), attributes, label)


def _group(name: Any, options: list[dict[str, Any]]) -> SafeString:
    found = format_html_join("\n", "{}", ((_option(option),) for option in options))
    return format_html('<optgroup label="{}">\n{}\n</optgroup>', name, found) if name else found


def _select(widget: dict[str, Any]) -> SafeString:
    groups = format_html_join("\n", "{}", ((_group(name, options),) for name, options, _index in widget["optgroups"]))
    return format_html('<select name="{}"{}>\n{}\n</select>', widget["name"], _attributes(widget["attrs"]), groups)


_QUICK: dict[str, Callable[[dict[str, Any]], SafeString]] = {
    **{
        f"django/forms/widgets/{name}.html": _input
        for name in ("input", "text", "number", "email", "url", "hidden", "password", "date", "datetime", "checkbox")
    },
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}


class QuickRenderer(TemplatesSetting):
    """Django's renderer with a short way for the usual controls."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        quick = _QUICK.get(template_name)
        return quick(context["widget"]) if quick else super().render(template_name, context, request)
