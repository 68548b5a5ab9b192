"""Photos in cards: every spelling, damage, limits, and photos that are only pointed to."""

import base64

import pytest

from contacts.vcard import Card, Limits
from tests.contacts.vcards import codes, read

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==")


def photo_card(head: str, data: bytes = GIF, **options: Limits) -> Card:
    return read("FN:Ana", head + base64.b64encode(data).decode(), "TEL:1", **options)


@pytest.mark.parametrize(
    "head",
    [
        "PHOTO;ENCODING=b;TYPE=JPEG:",
        "PHOTO;ENCODING=BASE64;GIF:",
        "PHOTO;BASE64:",
        "PHOTO:data:image/gif;base64,",
        "PHOTO:data:image/gif\\;base64\\,",
    ],
)
def test_photos_are_read_in_every_spelling_and_known_by_their_data(head: str) -> None:
    card = photo_card(head)
    assert (card.photo.data, card.photo.mime, card.has_photo) == (GIF, "image/gif", True)
    assert card.problems == []


def test_a_damaged_photo_is_repaired_and_reported() -> None:
    encoded = base64.b64encode(GIF).decode()
    card = read("FN:Ana", f"PHOTO;ENCODING=b:{encoded[:20]}!?{encoded[20:].rstrip('=')}", "TEL:1")
    assert card.photo.data == GIF
    assert codes(card) == ["photo_damaged"]
    assert [phone.value for phone in card.phones] == ["1"]


def test_a_photo_without_padding_is_in_order() -> None:
    encoded = base64.b64encode(GIF[:-1]).decode().rstrip("=")
    card = read("FN:Ana", f"PHOTO;ENCODING=b:{encoded}")
    assert (card.photo.data, card.problems) == (GIF[:-1], [])


def test_photos_that_cannot_be_read_are_left_out() -> None:
    for line, code in (("PHOTO;ENCODING=b:@@@@", "bad_base64"), ("PHOTO;ENCODING=b:A", "bad_base64")):
        card = read("FN:Ana", line, "TEL:1")
        assert (card.photo, card.has_photo, codes(card), len(card.phones)) == (None, False, [code], 1)
    large = photo_card("PHOTO;ENCODING=b:", limits=Limits(photo=len(GIF) - 1))
    assert (large.photo, codes(large)) == (None, ["photo_too_large"])
    assert photo_card("PHOTO;ENCODING=b:", limits=Limits(photo=len(GIF))).photo.data == GIF


def test_a_photo_elsewhere_is_known_of_and_its_address_is_kept() -> None:
    card = read("FN:Ana", "PHOTO;VALUE=uri:https://x.example/a.jpg")
    assert (card.photo, card.has_photo) == (None, True)
    assert card.unknown == ["PHOTO;VALUE=uri:https://x.example/a.jpg"]


def test_the_kind_of_a_picture_is_told_by_its_first_bytes() -> None:
    starts = {
        b"\xff\xd8\xff\xe0": "image/jpeg",
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"RIFF\0\0\0\0WEBP": "image/webp",
        b"\0\0\0\x18ftypheic": "image/heic",
        b"<svg onload=x>": "application/octet-stream",
    }
    found = {start: photo_card("PHOTO;ENCODING=b;TYPE=JPEG:", start) for start in starts}
    assert {start: card.photo.mime for start, card in found.items()} == starts
    assert codes(found[b"<svg onload=x>"]) == ["unknown_photo"]


def test_the_second_photo_is_kept_beside_the_first() -> None:
    card = read("FN:Ana", "PHOTO;ENCODING=b:R0lGODlh", "PHOTO;ENCODING=b:R0lGODdh", "PHOTO:")
    assert (card.photo.data, card.unknown) == (b"GIF89a", ["PHOTO;ENCODING=b:R0lGODdh"])
    assert codes(card) == ["repeated"]
