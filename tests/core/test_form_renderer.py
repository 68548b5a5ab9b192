"""The short way of writing form controls gives the same HTML as Django's templates."""

import datetime
import re

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from core.pages.form_renderer import QuickRenderer

NASTY = '<b>"O\'Neill" & Söhne</b>'
CHOICES = [("", "None"), ("a", NASTY), ("Group", [("b", "B"), (3, "C")])]
WIDGETS = [
    (forms.TextInput(attrs={"class": "form-control", "required": True, "disabled": False}), NASTY),
    (forms.TextInput(), None),
    (forms.TextInput(), ""),
    (forms.NumberInput(attrs={"min": 0}), 0),
    (forms.EmailInput(), "a@b.example"),
    (forms.URLInput(), "https://b.example/?a=1&b=2"),
    (forms.HiddenInput(), 7),
    (forms.PasswordInput(), "never shown"),
    (forms.DateInput(format="%Y-%m-%d"), datetime.date(2026, 2, 24)),
    (forms.CheckboxInput(attrs={"class": "form-check-input"}), True),
    (forms.CheckboxInput(), False),
    (forms.CheckboxInput(), "a"),
    (forms.Textarea(attrs={"rows": 4}), f"{NASTY}\nsecond line"),
    (forms.Textarea(), None),
    (forms.Select(choices=CHOICES, attrs={"aria-label": NASTY}), "a"),
    (forms.Select(choices=CHOICES), 3),
    (forms.SelectMultiple(choices=CHOICES), ["a", "b"]),
    (forms.ClearableFileInput(), None),
]


@pytest.mark.parametrize(("widget", "value"), WIDGETS, ids=lambda one: type(one).__name__)
def test_writes_what_djangos_templates_write(widget, value):
    quick, plain = (
        widget.render("name[]", value, {"id": "id_name"}, renderer=renderer())
        for renderer in (QuickRenderer, TemplatesSetting)
    )

    def blanks(html: str) -> str:
        return re.sub(r">\s+<", "><", html)

    assert sorted(blanks(quick)) == sorted(blanks(plain))
    assert re.sub(r" required| multiple", "", blanks(quick)) == re.sub(r" required| multiple", "", blanks(plain))


def test_an_empty_choice_is_one_dash():
    html = forms.Select(choices=[("", "---------"), ("a", "A")]).render("name", None, renderer=QuickRenderer())

    assert '<option value="" selected>—</option>' in html
