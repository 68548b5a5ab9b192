"""Every refusal is a page in words; a form with an old token shows back what was typed."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from core.pages import errors

pytestmark = [pytest.mark.urls("tests.core.plain_urls"), pytest.mark.django_db]


def test_404_speaks_in_words_and_names_no_address(client):
    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "does not exist" in response.content.decode()
    assert "no-such-page" not in response.content.decode()


def test_403_gives_the_reason_of_the_page(client):
    response = client.get("/forbid/")

    assert response.status_code == 403
    assert "Only managers may do this." in response.content.decode()


def test_400_gives_the_reason_of_the_page(client):
    response = client.get("/reject/")

    assert response.status_code == 400
    assert "The plan has changed." in response.content.decode()


def test_400_says_nothing_of_a_host_that_is_not_ours(client):
    response = client.get("/echo/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_500_names_the_number_of_the_report_and_nothing_else():
    client = Client(raise_request_exception=False, headers={"X-Request-ID": "abc-123"})

    response = client.get("/fail/")

    assert response.status_code == 500
    assert "abc-123" in response.content.decode()
    assert "planted" not in response.content.decode()


def test_500_asks_the_database_nothing(django_assert_num_queries):
    client = Client(raise_request_exception=False)

    with django_assert_num_queries(0):
        client.get("/fail/")


def test_500_is_plain_text_when_the_template_is_broken(monkeypatch):
    monkeypatch.setattr(errors, "error_page", lambda *arguments: 1 / 0)

    response = errors.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert response.headers["Content-Type"].startswith("text/plain")


def test_a_request_without_a_user_gets_a_page_too():
    response = errors.page_not_found(RequestFactory().get("/"), Exception())

    assert response.status_code == 404


def test_error_pages_follow_the_language_of_the_browser(client):
    response = client.get("/no-such-page/", headers={"accept-language": "es"})

    assert 'lang="es"' in response.content.decode()


class TestOldToken:
    """A form whose token no longer holds."""

    def post(self, **headers: str):
        client = Client(enforce_csrf_checks=True)
        return client.post(
            "/echo/",
            {"note": "Ten valves", "tags": ["a", "b"], "new_password": "hidden-word"},
            headers=headers,
        )

    def test_shows_back_what_was_typed_without_passwords(self):
        response = self.post()
        page = response.content.decode()

        assert response.status_code == 403
        assert "Ten valves" in page
        assert "hidden-word" not in page

    def test_offers_to_send_it_again_only_to_a_form_of_this_site(self):
        client = Client(enforce_csrf_checks=True)
        here, elsewhere, unknown = (
            client.post("/echo/?q=1", {"note": "Ten valves"}, headers=headers).content.decode()
            for headers in ({"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "cross-site"}, {})
        )

        assert '<textarea name="note" hidden>\nTen valves</textarea>' in here
        assert 'action="/echo/?q=1"' in here
        assert "Send it again" not in elsewhere
        assert "Send it again" not in unknown

    def test_offers_no_second_sending_where_a_password_was_typed(self):
        assert "Send it again" not in self.post(**{"sec-fetch-site": "same-origin"}).content.decode()

    def test_what_is_sent_again_is_taken(self):
        client = Client(enforce_csrf_checks=True)
        refused = client.post("/echo/", {"note": "Ten valves"}, headers={"sec-fetch-site": "same-origin"})
        token = refused.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

        taken = client.post("/echo/", {"note": "Ten valves", "csrfmiddlewaretoken": token})

        assert "reached Ten valves" in taken.content.decode()


def test_a_signed_in_reader_keeps_the_menu_and_others_do_not():
    request = RequestFactory().get("/")
    assert not errors.is_signed_in(request)
    request.user = AnonymousUser()
    assert not errors.is_signed_in(request)
    assert (errors.layout(True), errors.layout(False)) == ("app.html", "plain.html")
