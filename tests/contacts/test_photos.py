"""Photos of contacts: checked by what is in them, sent as pictures only, and only to who sees the contact."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.models import Contact
from contacts.photos import MAX_PHOTO, NotAPhoto, photo_file
from tests import make
from tests.contacts.posts import contact_post

pytestmark = pytest.mark.django_db

# The smallest pictures of their kinds; only their first bytes matter.
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40
GIF = b"GIF89a" + b"\0" * 40
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def firm(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return make.firm()


@pytest.fixture
def contact(rep) -> Contact:
    return make.contact(rep, "Pilar", "Salas", account=make.account(rep))


def upload(client, contact: Contact, data: bytes, name: str = "me.png", **more):
    """Send the form of the contact with a file; the answer."""
    contact.refresh_from_db()
    sent = contact_post(first_name="Pilar", last_name="Salas", version=contact.version, **more)
    sent["photo"] = SimpleUploadedFile(name, data, content_type="image/png")
    return client.post(reverse("contact_edit", args=[contact.pk]), sent)


@pytest.mark.parametrize(
    ("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")]
)
def test_pictures_are_kept_under_a_name_of_our_own_and_sent_as_what_they_are(client, rep, contact, data, kind):
    client.force_login(rep)

    assert upload(client, contact, data, name="../../etc/passwd.html").status_code == 302

    contact.refresh_from_db()
    assert "passwd" not in contact.photo.name
    assert f'src="{contact.photo_url}"' in client.get(contact.get_absolute_url()).content.decode()
    response = client.get(contact.photo_url)
    assert b"".join(response.streaming_content) == data
    assert response["Content-Type"] == kind
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    "data",
    [SVG, b"<html>", b"%PDF-1.7", b"BM\0\0\0\0\0\0\0\0", PNG + b"\0" * MAX_PHOTO],
    ids=lambda data: str(data[:6]),
)
def test_other_files_and_large_ones_are_refused_at_the_field(client, rep, contact, data):
    client.force_login(rep)

    response = upload(client, contact, data)

    assert response.status_code == 422
    assert "photo" in response.context["form"].errors
    contact.refresh_from_db()
    assert not contact.photo


def test_a_photo_is_replaced_and_removed(client, rep, contact):
    client.force_login(rep)
    upload(client, contact, PNG)
    upload(client, contact, GIF)
    contact.refresh_from_db()
    assert contact.photo.name.endswith(".gif")

    sent = contact_post(first_name="Pilar", last_name="Salas", version=contact.version, **{"photo-clear": "on"})
    client.post(reverse("contact_edit", args=[contact.pk]), sent)

    contact.refresh_from_db()
    assert not contact.photo
    assert contact.photo_url == ""
    assert client.get(reverse("contact_photo", args=[contact.pk])).status_code == 404


def test_a_stranger_does_not_get_the_photo(client, rep, stranger, contact):
    client.force_login(rep)
    upload(client, contact, PNG)
    client.force_login(stranger)

    assert client.get(reverse("contact_photo", args=[contact.pk])).status_code == 404


def test_what_is_kept_but_no_picture_for_a_browser_is_not_sent(client, rep, contact):
    contact.photo.save("card.svg", SimpleUploadedFile("card.svg", SVG), save=False)
    Contact.objects.filter(pk=contact.pk).update(photo=contact.photo.name)
    client.force_login(rep)

    assert client.get(reverse("contact_photo", args=[contact.pk])).status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(client, rep, contact):
    Contact.objects.filter(pk=contact.pk).update(photo="photos/gone.png")
    client.force_login(rep)

    assert client.get(reverse("contact_photo", args=[contact.pk])).status_code == 404


def test_importers_get_the_same_check():
    assert photo_file(PNG).name.endswith(".png")
    for data in (SVG, b"", PNG + b"\0" * MAX_PHOTO):
        with pytest.raises(NotAPhoto):
            photo_file(data)
