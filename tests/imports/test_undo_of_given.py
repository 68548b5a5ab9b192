"""What an import gave to others is taken back by who ran it, as long as nobody touched it; with its headline."""

import pytest

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.undo_log import KeptRecord
from imports.undo import undo_of
from tests import make
from tests.business_rows import business_rows
from tests.imports.browsing import body, page, signed_in
from tests.imports.running import ANA, bring, check, go, person, run, table, the
from tests.imports.test_undo import change, undo
from users.models import Role, User

pytestmark = pytest.mark.django_db

LUIS = person("Luis", "Gil", email="luis@tiermas.example", company="Aguas de Tiermas")
GIVEN = {"Owner": "mia@firm.example"}


@pytest.fixture
def mia(rep: User) -> User:
    """A colleague in the team of the sales rep, who sees what the rep owns and may not delete it, and the other way."""
    return make.user("rep", name="Mia Colleague", email="mia@firm.example")


def given(rep: User, *rows: dict[str, str]):
    return go(rep, table(*(row | GIVEN for row in rows)))


def reasons_kept() -> set[str]:
    return set(KeptRecord.objects.values_list("reason", flat=True))


def test_what_an_import_gave_to_a_colleague_is_gone_after_its_undo(rep, mia):
    before = business_rows()
    work = given(rep, ANA, LUIS)
    assert the("Ana Ruiz").owner == mia
    work = undo(work)
    assert business_rows() == before
    assert undo_of(work).counts["kept"] == {}


def test_what_the_colleague_touched_since_stays(rep, mia):
    work = given(rep, ANA, LUIS)
    change(the("Ana Ruiz"), mia, job_title="Head of purchasing")
    undo(work)
    assert [contact.full_name for contact in Contact.objects.all()] == ["Ana Ruiz"]
    assert Account.objects.get().name == "Química Montsant, S.L."
    assert CrossReference.objects.count() == 1
    assert KeptRecord.objects.get(record_type="contact").reason == "changed"


def test_old_values_come_back_to_a_record_that_nobody_touched(rep):
    ana = make.contact(rep, "Ana", "Ruiz", emails=["ana@montsant.example"], job_title="Assistant")
    before = business_rows()
    work = go(rep, table({**ANA, "Company": ""}))
    Role.objects.filter(pk=rep.role_id).update(rights={"contact": {"view": "all"}})
    rep = User.objects.get(pk=rep.pk)
    assert not Contact.objects.editable_by(rep).filter(pk=ana.pk).exists()
    undo(work, rep)
    assert business_rows() == before


def test_a_record_that_moved_to_other_hands_since_keeps_every_value(rep):
    ana = make.contact(rep, "Ana", "Ruiz", emails=["ana@montsant.example"], job_title="Assistant")
    work = go(rep, table({**ANA, "Company": ""}))
    far = make.user("rep", team=make.team("South"))
    change(ana := Contact.objects.get(pk=ana.pk), make.user("administrator"), owner=far, team=far.team)
    undo(work)
    ana.refresh_from_db()
    assert ana.job_title == "Buyer"
    assert reasons_kept() == {"rights"}


def test_only_who_ran_it_has_this_right(rep, mia):
    work = run(check(bring(rep, table(ANA))))
    after = business_rows()
    undo(work, make.user("read-only"))
    assert business_rows() == after
    assert reasons_kept() == {"rights"}


def moved(name: str) -> None:
    far = make.user("rep", team=make.team("South"))
    change(the(name), make.user("administrator"), owner=far, team=far.team)


class TestHeadline:
    """Ana and Eva are there before and get another job title; then they move to somebody else."""

    @pytest.fixture
    def work(self, rep):
        for first, last in (("Ana", "Ruiz"), ("Eva", "Sanz")):
            make.contact(rep, first, last, emails=[f"{first.lower()}@montsant.example"], job_title="Assistant")
        eva = person("Eva", "Sanz", email="eva@montsant.example", job="Buyer")
        return go(rep, table({**ANA, "Company": ""}, eva))

    def test_names_missing_rights(self, rep, work):
        moved("Ana Ruiz")
        moved("Eva Sanz")
        undo(work)
        text = body(signed_in(rep), page(work, "undo"))
        assert "2 records stay as they are: you may not delete or change them" in text
        assert "used or changed since" not in text

    def test_names_one_record(self, rep, work):
        moved("Ana Ruiz")
        undo(work)
        text = body(signed_in(rep), page(work, "undo"))
        assert "1 record stays as it is: you may not delete or change it" in text
        assert "1 contact that it had changed got its old values back" in text

    def test_names_several_reasons_by_none_of_them(self, rep, work):
        moved("Ana Ruiz")
        change(the("Eva Sanz"), rep, job_title="Director")
        undo(work)
        assert "2 records stay as they are, see list" in body(signed_in(rep), page(work, "undo"))

    def test_the_first_forecast_says_what_it_cannot_know(self, rep, work):
        text = body(signed_in(rep), page(work, "report"))
        assert "2 contacts that it changed get their old values back" in text
        assert "What somebody changed or needs since stays as it is" in text
        moved("Ana Ruiz")
        text = body(signed_in(rep), page(work, "report"))
        assert "1 record was changed since: what somebody changed stays as it is" in text
