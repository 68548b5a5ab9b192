"""Whatever stands in a file, its good cards are read the same; nothing but a refusal of it is raised."""

import contextlib
import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contacts.vcard import Card, VCardFileError, card_values, lines_to_keep, read_cards
from tests.contacts.vcards import read_all, vcard

GOOD = vcard(
    "N:Peña;Begoña;;Sra.;",
    "FN:Begoña Peña",
    "EMAIL;TYPE=WORK,PREF:b@x.example",
    "TEL;CELL:600 111",
    "X-MS-MANAGER:Íñigo",
    "NOTE;ENCODING=QUOTED-PRINTABLE:Ma=C3=B1ana=0D=0Ay tarde",
)
MARK = b"vcard"
PIECES = [
    b"BEGIN:VCARD\r\n", b"END:VCARD\r\n", b"AGENT:\r\n", b"AGENT:BEGIN:VCARD\r\n", b"FN:Other\r\n",
    b"PHOTO;ENCODING=b:AAAA\r\n", b"NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\n", b'TEL;X="a:b\r\n',
    b"N;CHARSET=utf-16:\xff\r\n", b"\xef\xbb\xbf", b" folded\r\n", b"=\r\n", b"\r\n", b"\r", b"\0",
    b"item1.X-ABLabel:x\r\n", b"ADR:;;;;;;;;;\r\n", b"\\;,:=^\r\n", b"BDAY:19801345\r\n",
    b"TEL:tel:%ff;ext=\r\n", b"X-ANDROID-CUSTOM:;\r\n", b"SOUND;X-IRMC-N:\r\n",
]  # fmt: skip


def content(card: Card) -> Card:
    """A card without the line numbers of the file it stands in."""
    problems = [dataclasses.replace(problem, line=0) for problem in card.problems]
    return dataclasses.replace(card, line=0, problems=problems)


[EXPECTED] = map(content, read_all(GOOD))


@settings(max_examples=150, deadline=None)
@given(junk=st.binary(max_size=200).filter(lambda data: MARK not in data.lower()))
@example(junk=b" folded")
@example(junk=b"NOTE;ENCODING=QUOTED-PRINTABLE:=")
def test_junk_between_cards_never_changes_them(junk: bytes) -> None:
    cards = read_all(GOOD + junk + b"\r\n" + GOOD)
    assert list(map(content, cards)) == [EXPECTED, EXPECTED]


@settings(max_examples=250, deadline=None)
@given(bad=st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=30)), max_size=12))
def test_a_bad_card_never_changes_its_neighbours(bad: list[bytes]) -> None:
    middle = b"BEGIN:VCARD\r\n" + b"".join(bad)
    cards = [content(card) for card in read_all(GOOD + middle + b"\r\n" + GOOD)]
    assert cards[0] == EXPECTED
    assert cards[-1] == EXPECTED


@settings(max_examples=250, deadline=None)
@given(data=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)))
@example(data=b"\xff\xfe\x00\xd8")
@example(data=b"\x00\x00\xfe\xff\xff")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for source in (data, b"BEGIN:VCARD\n" + data):
        with contextlib.suppress(VCardFileError):
            for card in read_cards(source):
                assert "\0" not in repr(card_values(card)) + repr(lines_to_keep(card))
                assert not any("\n" in line or "\r" in line for line in card.unknown)
                card_values(card)["notes"].encode()


PARAMS = ["CHARSET", "ENCODING", "TYPE", "VALUE", "PREF", "X-CUSTOM(", "quoted-printable", "base64", ""]
PROPERTIES = ["N", "FN", "ORG", "TEL", "EMAIL", "ADR", "BDAY", "PHOTO", "NOTE", "X-ANDROID-CUSTOM", "SOUND"]
TEXTS = ["utf-8", "utf-7", "utf-16", "shift_jis", "hz", "iso2022_kr", "punycode", "cp037", "big5", "b", "q"]


@settings(max_examples=250, deadline=None)
@given(
    name=st.sampled_from(PROPERTIES),
    params=st.lists(st.tuples(st.sampled_from(PARAMS), st.sampled_from(TEXTS) | st.text(max_size=5))),
    value=st.binary(max_size=60),
)
def test_any_property_is_read(name: str, params: list[tuple[str, str]], value: bytes) -> None:
    head = name + "".join(f";{key}={text}" for key, text in params)
    cards = read_all(b"BEGIN:VCARD\n" + head.encode("utf-8", "ignore") + b":" + value + b"\nEND:VCARD\n" + GOOD)
    assert content(cards[-1]) == EXPECTED


# Without its quoted-printable line: behind a "=" a fold would be a soft break with a blank after it.
FOLDED = [line for line in GOOD.split(b"\r\n") if b"QUOTED" not in line]


@pytest.mark.parametrize("fold", [b"\r\n ", b"\n\t", b"\r ", b"\r\r\n "])
def test_a_fold_at_any_place_gives_the_same_card(fold: bytes) -> None:
    [whole] = read_all(b"\r\n".join(FOLDED))
    for number, line in enumerate(FOLDED[2:-2], 2):
        for place in range(1, len(line) + 1):
            lines = [*FOLDED[:number], line[:place] + fold + line[place:], *FOLDED[number + 1 :]]
            assert read_all(b"\r\n".join(lines)) == [whole], lines[number]


def test_a_fold_at_every_place_gives_the_same_card() -> None:
    [whole] = read_all(b"\r\n".join(FOLDED))
    middle = [b"\r\n ".join(line[at : at + 1] for at in range(len(line))) for line in FOLDED[2:-2]]
    assert read_all(b"\r\n".join([*FOLDED[:2], *middle, *FOLDED[-2:]])) == [whole]


def test_a_soft_break_at_any_place_of_a_quoted_value_gives_the_same_card() -> None:
    start, end = b"BEGIN:VCARD\r\nFN:x\r\nNOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:", b"\r\nEND:VCARD\r\n"
    value = b" Ma=C3=B1ana  y: TEL;tarde=3D=0D=0A fin"
    [whole] = read_all(start + value + end)
    assert whole.notes == "Mañana  y: TEL;tarde=\n fin"
    for line_end in (b"\r\n", b"\n", b"\r"):
        for place in range(len(value) + 1):
            [broken] = read_all(start + value[:place] + b"=" + line_end + value[place:] + end)
            assert dataclasses.replace(broken, line=whole.line) == whole, place
