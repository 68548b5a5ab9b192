"""Search finds every word in any order, phones and addresses in any format, the same on both databases."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Account
from activities.models import Interaction
from contacts.models import Contact
from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.search_text import SearchText, SearchTrigram, differences, hits, matching, search_text
from opportunities.models import Opportunity
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")

# key: (first name, last name, e-mails, phones, further columns)
PEOPLE = {
    "pilar": ("Pilar", "Salas Muñoz", ["Pilar.Salas@Montsant.example"], ["+34 600 55 50 14"], {}),
    "jose": ("José", "O'Neill", ["jose_oneill+crm@valde-curiel.example"], ["976 12 34 56"], {}),
    "anais": ("Anaïs", "Lefèvre", [], ["+33 (0)1 70 18 99 00"], {"job_title": "Directrice d'achats 100 %"}),
    "li": ("Li", "Wu", ["li@wu.example"], ["+86 10 6552 9988"], {"nickname": "小李"}),
    "strasse": ("Jörg", "Großmann", ["jörg@groß.example"], ["+49 30 901820"], {"company_name": "Müller & Söhne, S.L."}),
    "hostile": ("%_\\", 'Quo"te AND NEAR(x)', ["100%_off\\@x.example"], [], {"job_title": "a_b c*d"}),
}

# (query, keys that are found)
EXPECTED = [
    ("pilar", "pilar"),
    ("PILAR SALAS", "pilar"),
    ("salas pilar", "pilar"),
    ("  munoz,   PILAR ", "pilar"),
    ("muñoz", "pilar"),
    ("MUÑOZ", "pilar"),
    ("mun\u0303oz", "pilar"),
    ("pilar neill", ""),
    ("ila ala", "pilar"),
    ("jose", "jose"),
    ("o'neill", "jose"),
    ("O’Neill", "jose"),
    ("O´Neill", "jose"),
    ("oneill", "jose"),
    ("neill jo", "jose"),
    ("lefevre anais", "anais"),
    ("LEFÈVRE", "anais"),
    ("grossmann", "strasse"),
    ("GROSSMANN", "strasse"),
    ("großmann jorg", "strasse"),
    ("muller sohne", "strasse"),
    ("müller & söhne sl", "strasse"),
    ("s.l.", "pilar jose anais strasse"),
    ("小李", "li"),
    ("小", "li"),
    ("li", "li"),
    ("wu li", "li"),
    ("l", "li pilar strasse jose anais hostile"),
    # phones
    ("600 55 50 14", "pilar"),
    ("600555014", "pilar"),
    ("600-555-014", "pilar"),
    ("(600) 555 014", "pilar"),
    ("0034600555014", "pilar"),
    ("0034 600 55 50 14", "pilar"),
    ("+34 600555014", "pilar"),
    ("+34.600.55.50.14", "pilar"),
    ("34600555014", "pilar"),
    ("tel:+34600555014", "pilar"),
    ("600 55 50 14 ext. 3", "pilar"),
    ("٦٠٠٥٥٥٠١٤", "pilar"),
    ("55501", "pilar"),
    ("5014", "pilar"),
    ("pilar 600 55", "pilar"),
    ("pilar 0034600555014", "pilar"),
    ("976123456", "jose"),
    ("+34 976 123 456", "jose"),
    ("0170189900", "anais"),
    ("+33 1 70 18 99 00", "anais"),
    ("0033 (0)1 70189900", "anais"),
    ("600555015", ""),
    # e-mail addresses
    ("pilar.salas@montsant.example", "pilar"),
    ("PILAR.SALAS@MONTSANT.EXAMPLE", "pilar"),
    ("Pilar Salas <pilar.salas@montsant.example>;", "pilar"),
    ("@montsant", "pilar"),
    ("salas@mont", "pilar"),
    ("pilar @montsant.example", "pilar"),
    ("montsant.example", "pilar"),
    ("jose_oneill+crm", "jose"),
    ("valde-curiel", "jose"),
    ("jörg@groß.example", "strasse"),
    ("jorg@gross", "strasse"),
    ("nobody@montsant.example", ""),
    # what databases take for operators
    ('quo"te', "hostile"),
    ('"quo" "te"', "hostile"),
    ("NEAR(x)", "hostile"),
    ("pilar OR jose", ""),
    ("pilar NOT jose", ""),
    ("pilar AND jose", ""),
    ("text:pilar", ""),
    ("pilar*", "pilar"),
    ("^pilar", "pilar"),
    ("{pilar} : -", "pilar"),
    ("a_b", "hostile"),
    ("_", "hostile jose"),
    ("a_lar", ""),
    ("pi_ar", ""),
    ("100%", "hostile anais"),
    ("100 %", "hostile anais"),
    ("%", ""),
    ("\\", ""),
    ("'", ""),
    ('"', ""),
    ("", ""),
    ("   ", ""),
    ("@", "li pilar strasse jose anais hostile"),
    ("\x00", ""),
    ("pilar\x00", "pilar"),
    ("pilar@\x00montsant", ""),
    ("\ud83d", ""),
    ("p@\udcff", ""),
    ("%_\\ ' ; DROP TABLE contacts_contact --", ""),
    ("x" * 10_000, ""),
    ("pilar " * 2_000, "pilar"),
    ("9" * 10_000, ""),
    ("( " * 5_000, ""),
    ("a@b " * 2_000, ""),
]


@pytest.fixture
def owner():
    return make.user("manager")


@pytest.fixture
def people(owner) -> dict[int, str]:
    """{id: key} of the contacts above."""
    make.firm()
    return {
        make.contact(owner, first, last, emails=emails or ["none@none.test"], phones=phones, **more).pk: key
        for key, (first, last, emails, phones, more) in PEOPLE.items()
    }


def test_finds_the_same_on_every_database(people):
    wrong = {}
    for query, keys in EXPECTED:
        found = {people[pk] for pk in matching(Contact.objects.all(), query).values_list("pk", flat=True)}
        if found != set(keys.split()):
            wrong[query[:60]] = (sorted(found), keys)
    assert wrong == {}


def test_finds_within_what_a_user_may_see(owner, people):
    stranger = make.user("rep", team=make.team("South"))
    assert matching(Contact.objects.visible_to(stranger), "pilar").count() == 0
    mine = make.contact(stranger, "Pilar", "Other")
    assert matching(Contact.objects.visible_to(stranger), "pilar").get() == mine
    assert matching(Contact.objects.visible_to(owner), "pilar").count() == 2


def test_hits_reach_over_all_kinds_of_records(owner):
    account = make.account(owner, "Bodegas Nubla")
    opportunity = make.opportunity(owner, account, "Valves")
    lead = make.lead(owner, company="Nubla Export")
    found = set(hits("nubla").values_list("record_type", "record_id"))
    assert found == {("account", account.pk), ("opportunity", opportunity.pk), ("lead", lead.pk)}
    assert set(hits("nubla", "lead").values_list("record_id", flat=True)) == {lead.pk}
    assert not hits("").exists()


def test_a_changed_record_is_found_by_what_it_is_now(owner):
    contact = make.contact(owner, "Pilar", "Salas", phones=["600 55 50 14"])
    contact.first_name = "Begoña"
    save_record(contact, actor=owner, means=FORM, children={"phones": []})
    for query, count in [("pilar", 0), ("begona salas", 1), ("600555014", 0)]:
        assert matching(Contact.objects.all(), query).count() == count


def test_rows_that_were_not_written_stay_findable(owner):
    contact = make.contact(owner, "Pilar", "Salas", phones=["600 55 50 14"])
    contact.job_title = "Buyer"
    save_record(contact, actor=owner, means=FORM)
    assert matching(Contact.objects.all(), "600555014 buyer").count() == 1


def test_opportunities_follow_the_name_of_their_account(owner):
    account = make.account(owner, "Bodegas Nubla")
    opportunity = make.opportunity(owner, account, "Valves")
    account.name = "Viñas del Cierzo"
    save_record(account, actor=owner, means=FORM)
    assert matching(Opportunity.objects.all(), "cierzo valves").get() == opportunity
    assert not matching(Opportunity.objects.all(), "nubla").exists()


def test_a_batch_of_changes_is_indexed(owner):
    contacts = [make.contact(owner) for _ in range(45)]
    for position, contact in enumerate(contacts):
        contact.nickname = f"zz{position}zz"
    save_records(contacts, actor=owner, means=Means("bulk"))
    assert matching(Contact.objects.all(), "zz44zz").get() == contacts[44]
    assert matching(Contact.objects.all(), "zz").count() == 45


def test_long_texts_are_cut_and_still_found(owner):
    account = make.account(owner)
    interaction = make.interaction(owner, account=account, body="wort " * 9_000 + "end")
    text = SearchText.objects.get(record_type="interaction", record_id=interaction.pk).text
    assert len(text) <= 4000
    assert len(search_text(f"part{n}" for n in range(5_000))) <= 4000


class TestRebuilding:
    @pytest.fixture(autouse=True)
    def index_is_empty(self):
        """Tests that commit empty the tables of models when they end, not the index behind them."""
        if connection.vendor == "sqlite":
            SearchTrigram.objects.all().delete()

    def broken(self, owner) -> None:
        """Records with texts that are missing, wrong, left over and, on SQLite, not indexed."""
        for name in ("Pilar", "Begoña", "Aitor", "Nerea"):
            make.contact(owner, name, "Salas", phones=["600 55 50 14"])
        texts = SearchText.objects.filter(record_type="contact").order_by("id")
        texts.filter(pk=texts[0].pk).delete()
        texts.filter(pk=texts[1].pk).update(text="wrong")
        SearchText.objects.create(record_type="contact", record_id=987_654, text="salas left over")
        SearchText.objects.create(record_type="contact", record_id=987_655, text="salas left over too")

    def test_says_what_is_missing(self, owner):
        make.contact(owner)
        assert differences() == []
        call_command("rebuild_search", check=True, stdout=StringIO())
        SearchText.objects.filter(record_type="contact").delete()
        with pytest.raises(CommandError, match="contact: 1 records, 0 search texts"):
            call_command("rebuild_search", check=True)

    def test_writes_everything_anew(self, owner, monkeypatch):
        monkeypatch.setattr("core.records.search_text.REBUILD_BATCH", 2)
        self.broken(owner)
        account = make.account(owner, "Bodegas Nubla")
        make.opportunity(owner, account)
        wanted = {"begona": 1, "pilar": 1, "salas": 4, "600555014": 4, "wrong": 0, "left over": 0}
        output = StringIO()
        call_command("rebuild_search", stdout=output)
        assert "contact: 4" in output.getvalue()
        found = {query: matching(Contact.objects.all(), query).count() for query in wanted}
        assert found == wanted
        assert hits("left over").count() == 0
        assert matching(Opportunity.objects.all(), "nubla").count() == 1
        assert differences() == []

    @pytest.mark.sqlite
    def test_says_that_texts_are_not_indexed(self, owner):
        make.contact(owner)
        SearchTrigram.objects.all().delete()
        SearchTrigram.objects.create(rowid=987_654, text="left over")
        SearchTrigram.objects.create(rowid=987_655, text="left over")
        assert any("1 search texts, 2 of them indexed" in line for line in differences())
        call_command("rebuild_search", stdout=StringIO())
        assert differences() == []

    def test_records_in_the_trash_keep_their_text(self, owner):
        contact = make.contact(owner)
        Contact.all_objects.filter(pk=contact.pk).update(deleted_at=contact.created_at)
        call_command("rebuild_search", stdout=StringIO())
        assert SearchText.objects.filter(record_type="contact").count() == 1
        assert differences() == []


def test_private_notes_are_found_by_nobody_else(owner):
    account = make.account(owner, "Bodegas Nubla")
    make.interaction(owner, "Secret budget", account=account, is_private=True)
    for user in (make.user("manager"), make.user("administrator"), make.user("rep")):
        assert not matching(Interaction.objects.visible_to(user), "secret").exists()
    assert Account.objects.visible_to(owner).exists()
