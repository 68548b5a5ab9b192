"""Texts are brought into the form in which they are compared: real cases, and properties of any text at all."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text.normalise import (
    company_key,
    fold,
    normalise_email,
    normalise_phone,
    phone_digits,
    web_domain,
    words,
)

# Any code point, halves of surrogate pairs and control characters included.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=200)
# Digits, marks and letters that mean something in numbers, addresses and names.
TELLING = st.text(st.sampled_from("0123456789+() .-/#;x@<>:?&=%_ext,\"'SAL¡ñÑß\u200b\u0301٣"), max_size=80)
ANY = st.one_of(TEXTS, TELLING)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("  José   MUÑOZ\t", "jose munoz"),
        ("Mun\u0303oz", "munoz"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Łódź", "lodz"),
        ("Ærø", "aero"),
        ("Þórður Ðe", "thordur de"),
        ("İstanbul ISPARTA ışık", "istanbul isparta isik"),
        ("Ὀδυσσεύς ΟΔΥΣΣΕΥΣ", "οδυσσευσ οδυσσευσ"),
        ("ＡＢＣ１２３", "abc123"),
        ("ﬁn ① ²", "fin 1 2"),
        ("ℂ ㎏", "c kg"),
        ("O’Neill O‘Neill O´Neill O'Neill", "o'neill o'neill o'neill o'neill"),
        ("a\u00a0b\u2003c\u3000d\r\ne", "a b c d e"),
        ("so\u00adft\u200bware\ufeff \u202aRTL\u202c", "software rtl"),
        ("Москва", "москва"),
        ("ガス ｶﾞｽ カス", "ガス ガス カス"),
        ("한국 ㈜", "한국 (주)"),
        ("\U0001f600 Ok", "\U0001f600 ok"),
        ("\ud83d", "\ud83d"),
    ],
)
def test_folds(text, folded):
    assert fold(text) == folded


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_folding_twice_changes_nothing_and_grows_within_bounds(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= 18 * len(text)
    assert folded == folded.strip()
    assert "  " not in folded


@given(ANY)
@settings(max_examples=300, deadline=None)
def test_case_does_not_matter(text):
    assert fold(text) == fold(text.casefold())


def test_every_character_that_folding_changes_folds_to_something_stable():
    characters = [chr(code) for code in range(0x20000)]
    changed = [char for char in characters if char.casefold() != char or unicodedata.decomposition(char)]
    assert len(changed) > 6_000
    folded = {char: fold(f"x{char}x") for char in changed}
    assert [char for char, text in folded.items() if fold(text) != text] == []
    assert [char for char, text in folded.items() if len(text) > 20] == []


@given(ANY)
@settings(max_examples=300, deadline=None)
def test_words_hold_no_blanks_or_marks(text):
    assert all(word and "@" not in word and not any(char.isspace() for char in word) for word in words(text))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ""),
        ("no address", ""),
        ("@", ""),
        ("@handle", ""),
        ("name@", ""),
        (" Pilar.Salas@Montsant.EXAMPLE ", "pilar.salas@montsant.example"),
        ("Pilar Salas <pilar@montsant.example>", "pilar@montsant.example"),
        ('"Salas, Pilar" <PILAR@montsant.example>;', "pilar@montsant.example"),
        ("mailto:pilar@montsant.example?subject=Hola", "pilar@montsant.example"),
        ("MAILTO: pilar@montsant.example", "pilar@montsant.example"),
        ("<mailto:pilar@montsant.example>", "pilar@montsant.example"),
        ("'pilar@montsant.example',", "pilar@montsant.example"),
        ("(pilar@montsant.example)", "pilar@montsant.example"),
        ("pilar@montsant.example.", "pilar@montsant.example"),
        ("\u200bpilar@montsant.example\ufeff", "pilar@montsant.example"),
        ("pilar+crm@montsant.example", "pilar+crm@montsant.example"),
        ("jose\u0301@montsant.example", "josé@montsant.example"),
        ("o'neill@montsant.example", "o'neill@montsant.example"),
        ("a@b@montsant.example", "a@b@montsant.example"),
    ],
)
def test_normalises_an_address(text, address):
    assert normalise_email(text) == address


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_normalising_an_address_twice_changes_nothing(text):
    address = normalise_email(text)
    assert normalise_email(address) == address
    assert len(address) <= 4 * len(text)
    assert normalise_email(text.upper()) == normalise_email(text.upper().casefold())


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("", "ES", ""),
        ("ask Maria", "ES", ""),
        ("600 55 50 14", "ES", "+34600555014"),
        ("600555014", "ES", "+34600555014"),
        ("+34 600 55 50 14", "", "+34600555014"),
        ("0034600555014", "ES", "+34600555014"),
        ("0034 600-555-014", "", "+34600555014"),
        ("(0034) 600 555 014", "ES", "+34600555014"),
        ("+34 (0)600 555 014", "ES", "+34600555014"),
        ("tel:+34600555014", "ES", "+34600555014"),
        ("TEL:+34-600-555-014;ext=12", "ES", "+34600555014"),
        ("600555014 ext. 12", "ES", "+34600555014"),
        ("600555014 Ext: 12", "ES", "+34600555014"),
        ("600555014x12", "ES", "+34600555014"),
        ("600 555 014 # 12", "ES", "+34600555014"),
        ("976123456 extensión 7", "ES", "+34976123456"),
        ("+44 (0)20 7946 0018", "ES", "+442079460018"),
        ("+44 20 7946 0018", "ES", "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("\u202a+34 600 55 50 14\u202c", "ES", "+34600555014"),
        ("＋３４６００５５５０１４", "ES", "+34600555014"),
        ("٠٠٣٤٦٠٠٥٥٥٠١٤", "ES", "+34600555014"),
        ("600 555 014 / 976 123 456", "ES", "+34600555014"),
        ("112", "ES", "112"),
        ("600555014", "", "600555014"),
        ("0", "ES", "0"),
        ("9" * 500, "ES", "9" * 32),
    ],
)
def test_normalises_a_phone(text, region, number):
    assert normalise_phone(text, region) == number


@given(ANY, st.sampled_from(["", "ES", "US", "GB", "DE", "IT", "ZZ", "xx"]))
@settings(max_examples=400, deadline=None)
def test_a_phone_is_digits_whatever_comes_in(text, region):
    number = normalise_phone(text, region)
    assert len(number) <= 40
    assert number == "" or (number.isascii() and number.removeprefix("+").isdigit())
    if number.startswith("+"):
        assert normalise_phone(number, region) == number


@given(ANY)
@settings(max_examples=200, deadline=None)
def test_digits_are_ascii(text):
    digits = phone_digits(text)
    assert digits == "" or (digits.isascii() and digits.isdigit())
    assert len(digits) <= 32


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("", ""),
        ("montsant", ""),
        ("see below", ""),
        ("montsant.example", "montsant.example"),
        ("WWW.Montsant.example", "montsant.example"),
        ("https://www.montsant.example/es/contacto?a=1#b", "montsant.example"),
        ("http://user:secret@montsant.example:8080/", "montsant.example"),
        ("//montsant.example/x", "montsant.example"),
        ("https://montsant.example/@channel", "montsant.example"),
        ("montsant.example/mail@other.example", "montsant.example"),
        ("pilar@montsant.example", "montsant.example"),
        ("mailto:pilar@montsant.example", "montsant.example"),
        ("<https://montsant.example>", "montsant.example"),
        ("montsant.example, other.example", "montsant.example"),
        ("montsant.example.", "montsant.example"),
        ("https:\\\\montsant.example\\es", ""),
        ("münchen.example", "münchen.example"),
        ("mu\u0308nchen.example", "münchen.example"),
        ("a" * 300 + ".example", "a" * 253),
    ],
)
def test_takes_the_domain(text, domain):
    assert web_domain(text) == domain


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_a_domain_is_short_and_holds_no_blanks(text):
    domain = web_domain(text)
    assert len(domain) <= 253
    assert not any(char.isspace() for char in domain)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("", ""),
        ("Cementos Arga, S.A.", "cementos arga"),
        ("Cementos Arga S. A.", "cementos arga"),
        ("CEMENTOS ARGA SA", "cementos arga"),
        ("Cementos Arga, Sociedad Anónima", "cementos arga"),
        ("Bodegas Nubla S.L.U.", "bodegas nubla"),
        ("Bodegas Nubla, Sociedad Limitada Unipersonal", "bodegas nubla"),
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("Müller und Söhne", "muller sohne"),
        ("Smith and Jones Ltd.", "smith jones"),
        ("Smith & Jones Limited", "smith jones"),
        ("García y García, S.C.", "garcia garcia"),
        ("Nordsø A/S", "nordso"),
        ("Zielony Most Sp. z o.o.", "zielony most"),
        ("SARL Dupont", "dupont"),
        ("The Nubla Company", "nubla"),
        ("S.A.", "sa"),
        ("SL", "sl"),
        ("AS Roma", "as roma"),
        ("y", "y"),
        ("A y B", "a b"),
        ("3 & 4", "3 4"),
        ("!!!", "!!!"),
        ("株式会社 ヌブラ", "株式会社 ヌブラ"),
    ],
)
def test_takes_the_key_of_a_company(name, key):
    assert company_key(name) == key


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_the_key_of_a_name_is_empty_only_for_an_empty_one(name):
    key = company_key(name)
    assert bool(key) == bool(fold(name))
    assert len(key) <= len(fold(name)) + 1


@pytest.mark.parametrize(
    "text", [" " * 100_000, "#" * 100_000, "1 " * 50_000, "<" * 100_000, "(0)" * 40_000, "a." * 50_000]
)
@pytest.mark.parametrize(
    "function", [fold, words, normalise_email, normalise_phone, phone_digits, web_domain, company_key]
)
def test_long_texts_take_no_time(function, text):
    began = time.process_time()
    function(text)
    assert time.process_time() - began < 1
