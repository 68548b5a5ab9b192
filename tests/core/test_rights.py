"""The scoped querysets answer each row once, keep private notes private, and ask row by row."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Account
from activities.models import Attachment, Interaction, InteractionParticipant, Task, TaskParticipant
from contacts.models import Contact, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.registry import record_model, record_models
from core.records.rights import Right, Scope
from core.records.trash import delete_record
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import Territory, TerritoryMember
from tests import make
from users.models import RIGHT_TYPES, Role

pytestmark = pytest.mark.django_db

FORM = Means("form")
SCOPED = (Account, Contact, Lead, Opportunity, Interaction, Task, CrossReference)


def user_with(scope: str, **fields):
    """A user of team North who works in two territories and has every right in that scope."""
    rights = {name: dict.fromkeys(Right.values, scope) for name in RIGHT_TYPES}
    user = make.user("rep", **fields)
    user.role = Role.objects.get_or_create(name=f"Scope {scope}", defaults={"rights": rights})[0]
    user.save()
    for name in ("Ebro", "Duero"):
        territory = make.value(Territory, name)
        members = [*territory.memberships.all(), TerritoryMember(user=user)]
        save_record(territory, actor=None, means=Means("setup"), children={"memberships": members})
    return type(user).objects.get(pk=user.pk)


def world(owner, territory: str = "Ebro"):
    """Records of all kinds around two accounts of one territory, tied to each other more than once."""
    place = make.value(Territory, territory)
    accounts = [make.account(owner, territory=place) for _ in range(2)]
    contact = make.contact(owner)
    for account in accounts:
        make.cross_reference(owner, contact, account)
        role = make.value(make.catalogs.ContactRole, "Buyer")
        make.cross_reference(owner, contact, account, role=role)
    opportunity = make.opportunity(owner, accounts[0])
    lead = make.lead(owner, territory=place)
    keys = {"account": accounts[0], "contact": contact, "opportunity": opportunity, "lead": lead}
    make.interaction(owner, **keys)
    make.task(owner, **keys)
    return keys


@pytest.mark.parametrize("scope", list(Scope))
def test_no_row_is_answered_twice_in_any_scope(scope):
    user = user_with(scope)
    world(user)
    world(make.user("rep"))
    world(make.user("rep", team=make.team("South")))
    world(make.user("rep", team=make.team("South")), territory="Tajo")
    for model in SCOPED:
        for right in Right.values:
            ids = list(model.objects.allowed_to(user, right).values_list("pk", flat=True))
            assert len(ids) == len(set(ids)), (model, right)
            assert set(ids) <= set(model.objects.visible_to(user).values_list("pk", flat=True)), (model, right)


@pytest.mark.parametrize(
    ("scope", "visible"),
    [("none", 0), ("own", 1), ("team", 2), ("territory", 3), ("all", 4)],
)
@pytest.mark.parametrize("model", [Lead, Opportunity, Contact])
def test_a_scope_reaches_as_far_as_it_says(scope, visible, model):
    """Of four worlds: one's own, a colleague's, a stranger's in one's territory, a stranger's elsewhere."""
    user = user_with(scope)
    world(user)
    world(make.user("rep"), territory="Tajo" if scope == "team" else "Duero")
    world(make.user("rep", team=make.team("South")))
    world(make.user("rep", team=make.team("South")), territory="Tajo")
    assert model.objects.visible_to(user).count() == visible


def test_everybody_else_sees_nothing():
    owner = make.user("manager")
    world(owner)
    gone = make.user("administrator", is_active=False)
    for user in (AnonymousUser(), gone):
        for model in record_models():
            assert not model.objects.visible_to(user).exists(), model


def test_what_is_in_the_trash_shows_nothing_of_what_it_regards():
    user = user_with("own")
    account = make.account(user)
    stranger = make.user("rep", team=make.team("South"))
    make.interaction(stranger, account=account, lead=make.lead(stranger))
    assert Interaction.objects.visible_to(user).count() == 1
    delete_record(account, actor=None, means=FORM)
    assert Interaction.objects.visible_to(user).count() == 0


class TestPrivateNotes:
    @pytest.mark.parametrize("role", ["administrator", "manager", "rep", "read-only"])
    def test_are_seen_by_their_author_only(self, role):
        author = make.user("rep")
        account = make.account(author)
        note = make.interaction(author, account=account, is_private=True)
        file = save_record(
            Attachment(account=account, interaction=note, file="a.pdf", name="a", owner=author),
            actor=author,
            means=FORM,
        )
        reader = make.user(role)
        for right in Right.values:
            assert not Interaction.objects.allowed_to(reader, right).exists()
            assert not Attachment.objects.allowed_to(reader, right).exists()
        assert Interaction.objects.visible_to(author).get() == note
        assert Attachment.objects.visible_to(author).get() == file

    def test_stay_private_from_those_who_took_part(self):
        author, guest = make.user("rep"), make.user("rep", team=make.team("South"))
        note = make.interaction(author, account=make.account(author), is_private=True)
        rows = [InteractionParticipant(user=guest)]
        save_record(note, actor=author, means=FORM, children={"participants": rows})
        assert not Interaction.objects.visible_to(guest).exists()


class TestTakingPart:
    @pytest.mark.parametrize(("kind", "row"), [("task", TaskParticipant), ("interaction", InteractionParticipant)])
    def test_who_takes_part_sees_it_and_may_not_change_it(self, kind, row):
        author, guest = make.user("rep"), make.user("rep", team=make.team("South"))
        record = getattr(make, kind)(author, account=make.account(author))
        model = record_model(kind)
        assert not model.objects.visible_to(guest).exists()
        save_record(record, actor=author, means=FORM, children={"participants": [row(user=guest), row(user=author)]})
        assert model.objects.visible_to(guest).get() == record
        assert not model.objects.editable_by(guest).exists()

    def test_who_took_part_sees_the_files(self):
        author, guest = make.user("rep"), make.user("rep", team=make.team("South"))
        account = make.account(author)
        talk = make.interaction(author, account=account)
        file = Attachment(account=account, interaction=talk, file="a.pdf", name="a", owner=author)
        save_record(file, actor=author, means=FORM)
        assert not Attachment.objects.visible_to(guest).exists()
        rows = [InteractionParticipant(user=guest)]
        save_record(talk, actor=author, means=FORM, children={"participants": rows})
        assert Attachment.objects.visible_to(guest).get() == file


@pytest.mark.sqlite
@pytest.mark.parametrize("scope", ["own", "team", "territory"])
@pytest.mark.parametrize("model", [Interaction, Task, CrossReference, Contact, Opportunity])
def test_one_row_is_asked_about_without_listing_others(scope, model):
    """A list of all visible records inside the question would make every page slower with every record."""
    user = user_with(scope)
    rows = model.objects.visible_to(user).filter(pk=1)
    plan = rows.explain()
    assert "SCAN" not in plan, plan
    assert "LIST SUBQUERY" not in plan, plan
