"""Hostile input is answered with 400 before a page sees it; a session that ended loses no text."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = [pytest.mark.urls("tests.core.plain_urls"), pytest.mark.django_db]


@pytest.mark.parametrize(
    "address",
    [
        "/echo/?q=a%00b",
        "/echo/a%00b/",
        "/echo/?q=%ff%fe",
        "/echo/?q=" + "x" * 2_001,
        "/echo/?" + "&".join(f"p{n}=12345" for n in range(900)),
    ],
    ids=["nul in the query", "nul in the path", "not utf-8", "long parameter", "long query"],
)
def test_answers_400_in_words_to_an_address_that_no_page_can_use(client, address):
    response = client.get(address)

    assert response.status_code == 400
    assert "could not be read" in response.content.decode()


@pytest.mark.parametrize("address", ["/echo/?q=Mu%C3%B1oz", "/echo/Mu%C3%B1oz/", "/echo/?q=" + "x" * 2_000])
def test_lets_unusual_but_sound_addresses_pass(client, address):
    assert "reached" in client.get(address).content.decode()


def test_answers_400_to_a_nul_in_posted_text(client):
    assert client.post("/echo/", {"note": "a\x00b"}).status_code == 400


def test_answers_400_to_a_nul_in_urlencoded_text(client):
    response = client.post("/echo/", "note=a%00b", content_type="application/x-www-form-urlencoded")

    assert response.status_code == 400


def test_answers_400_to_posted_text_that_is_not_utf8(client):
    response = client.post("/echo/", "note=%ff", content_type="application/x-www-form-urlencoded")

    assert response.status_code == 400
    assert "UTF-8" in response.content.decode()


def test_answers_413_to_a_body_over_the_limit(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    response = client.post("/echo/", "note=" + "x" * 2_000, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 413
    page = response.content.decode()
    assert "too much at once" in page
    assert "The text in this form is larger than 0 MB. Go back, save the text as a file, and upload the file" in page


def test_answers_400_to_too_many_fields(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10

    assert client.post("/echo/", {f"f{n}": "x" for n in range(11)}).status_code == 400


def test_shows_an_anonymous_poster_the_text_instead_of_losing_it():
    response = Client().post("/secured/", {"note": "Called Marta <b>twice</b>", "password": "hidden-word"})
    page = response.content.decode()

    assert response.status_code == 403
    assert "no longer signed in" in page
    assert "Called Marta &lt;b&gt;twice&lt;/b&gt;" in page
    assert "hidden-word" not in page
    assert "no-store" in response.headers["Cache-Control"]


def test_leads_an_anonymous_button_press_to_sign_in_and_back_to_its_page():
    response = Client().post("/secured/", headers={"referer": "http://testserver/echo/?q=1"})

    assert response.status_code == 302
    assert response.url == reverse("account_login") + "?next=/echo/%3Fq%3D1"


def test_never_sends_a_reader_to_another_site_after_sign_in():
    response = Client().post("/secured/", headers={"referer": "http://evil.example/echo/"})

    assert response.url == reverse("account_login") + "?next=/"


def test_asks_htmx_to_reload_the_page_when_the_session_has_ended():
    response = Client().get("/secured/", headers={"HX-Request": "true"})

    assert response.headers["HX-Refresh"] == "true"
    assert response.status_code == 200


def test_shows_typed_text_in_place_of_the_body_when_htmx_posted_it():
    response = Client().post("/secured/", {"note": "kept"}, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert response.headers["HX-Retarget"] == "body"
    assert "kept" in response.content.decode()


def test_a_damaged_address_of_the_page_before_leads_home():
    response = Client().post("/secured/", headers={"referer": "http://[::1"})

    assert response.url == reverse("account_login") + "?next=/"


@pytest.mark.parametrize("length", [str(300_000_001), "9" * 400])
def test_answers_413_to_a_body_that_no_form_sends_before_reading_it(client, length):
    response = client.post("/secured/", {"note": "x"}, headers={"content-length": length})

    assert response.status_code == 413
    assert "The files of this form are larger than 300 MB together." in response.content.decode()
