"""How far each scope of a role reaches, for seeing and for changing, per record type."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Account, Prospect
from activities.models import Interaction, Task
from contacts.models import Contact, CrossReference
from core.records.rights import Right, Scope
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import Territory
from tests import make
from users.models import RIGHT_TYPES, Role, User

pytestmark = pytest.mark.django_db

# Which of the four records (see World) a scope reaches.
REACHED = {
    Scope.NONE: set(),
    Scope.OWN: {"own"},
    Scope.TEAM: {"own", "team"},
    Scope.TERRITORY: {"own", "territory"},
    Scope.ALL: {"own", "team", "territory", "foreign"},
}
SCOPES = list(REACHED)


@dataclass
class World:
    """A viewer in team North and territory Aragon, and three others.

    owners: "own" is the viewer, "team" a colleague in North, "territory" and "foreign" belong to team South;
    everything of "territory" lies in Aragon, the rest in no territory of the viewer.
    """

    viewer: User
    owners: dict[str, User]
    aragon: Territory
    levante: Territory

    def territory(self, key: str) -> Territory:
        return self.aragon if key == "territory" else self.levante


@pytest.fixture
def world() -> World:
    north, south = make.team("North"), make.team("South")
    viewer = make.user(team=north)
    aragon, levante = make.value(Territory, "Aragon"), make.value(Territory, "Levante")
    aragon.members.add(viewer)
    colleague, seller, stranger = make.user(team=north), make.user(team=south), make.user(team=south)
    owners = {"own": viewer, "team": colleague, "territory": seller, "foreign": stranger}
    return World(viewer, owners, aragon, levante)


def give(viewer: User, **rights: dict[str, str]) -> User:
    """The viewer with these rights and no others, as the next request would read them."""
    complete = {record_type: rights.get(record_type, {}) for record_type in RIGHT_TYPES}
    viewer.role = Role.objects.create(name=f"Role {make.number()}", rights=complete)
    viewer.save(update_fields=["role"])
    return User.objects.select_related("role", "team").get(pk=viewer.pk)


def keys_of(records: dict[str, Any], queryset) -> set[str]:
    """The names under which the rows of queryset stand in records."""
    found = set(queryset.values_list("pk", flat=True))
    return {key for key, record in records.items() if record.pk in found}


def leads(world: World) -> dict[str, Lead]:
    return {key: make.lead(owner, territory=world.territory(key)) for key, owner in world.owners.items()}


def accounts(world: World) -> dict[str, Account]:
    return {key: make.account(owner, territory=world.territory(key)) for key, owner in world.owners.items()}


def contacts(world: World) -> dict[str, Contact]:
    """Each is cross-referenced to an account of a stranger; that of "territory" lies in Aragon."""
    stranger = world.owners["foreign"]
    return {
        key: make.contact(owner, account=make.account(stranger, territory=world.territory(key)))
        for key, owner in world.owners.items()
    }


def opportunities(world: World) -> dict[str, Opportunity]:
    stranger = world.owners["foreign"]
    return {
        key: make.opportunity(owner, make.account(stranger, territory=world.territory(key)))
        for key, owner in world.owners.items()
    }


BUILDERS = {
    "lead": (Lead, leads),
    "account": (Account, accounts),
    "contact": (Contact, contacts),
    "opportunity": (Opportunity, opportunities),
}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("record_type", BUILDERS)
def test_one_sees_as_far_as_the_scope_of_seeing_reaches(world, record_type, scope):
    model, build = BUILDERS[record_type]
    records = build(world)
    viewer = give(world.viewer, **{record_type: {"view": scope}})

    assert keys_of(records, model.objects.visible_to(viewer)) == REACHED[scope]
    assert keys_of(records, model.objects.editable_by(viewer)) == set()


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("record_type", BUILDERS)
def test_one_changes_as_far_as_the_scope_of_changing_reaches(world, record_type, scope):
    model, build = BUILDERS[record_type]
    records = build(world)
    viewer = give(world.viewer, **{record_type: {"view": Scope.ALL, "edit": scope, "delete": scope}})

    assert keys_of(records, model.objects.visible_to(viewer)) == REACHED[Scope.ALL]
    assert keys_of(records, model.objects.editable_by(viewer)) == REACHED[scope]
    assert keys_of(records, model.objects.deletable_by(viewer)) == REACHED[scope]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("record_type", BUILDERS)
def test_one_never_changes_what_one_does_not_see(world, record_type, scope):
    model, build = BUILDERS[record_type]
    records = build(world)
    viewer = give(world.viewer, **{record_type: {"view": scope, "edit": Scope.ALL}})

    assert keys_of(records, model.objects.editable_by(viewer)) == REACHED[scope]


@pytest.mark.parametrize("record_type", BUILDERS)
def test_a_right_on_one_record_type_opens_no_other(world, record_type):
    everything = dict.fromkeys(Right.values, Scope.ALL)
    others = dict.fromkeys(set(BUILDERS) - {record_type}, everything)
    model, build = BUILDERS[record_type]
    build(world)

    assert not model.objects.visible_to(give(world.viewer, **others)).exists()


def test_prospects_follow_the_rights_on_accounts(world):
    records = accounts(world)
    viewer = give(world.viewer, account={"view": Scope.TEAM})

    assert keys_of(records, Prospect.objects.visible_to(viewer)) == {"own", "team"}


def test_without_team_the_team_scope_reaches_own_records_only(world):
    records = accounts(world)
    make.account(world.owners["foreign"], "Nobody's team")
    world.viewer.team = None
    world.viewer.save()
    viewer = give(world.viewer, account={"view": Scope.TEAM})
    Account.objects.filter(pk=records["foreign"].pk).update(team=None)

    assert keys_of(records, Account.objects.visible_to(viewer)) == {"own"}


@pytest.mark.parametrize("record_type", BUILDERS)
def test_an_own_record_of_another_team_is_reached_by_the_team_scope(world, record_type):
    model, build = BUILDERS[record_type]
    records = build(world)
    model.objects.filter(pk=records["own"].pk).update(team=make.team("South"))
    viewer = give(world.viewer, **{record_type: {"view": Scope.TEAM, "edit": Scope.TEAM}})

    assert keys_of(records, model.objects.editable_by(viewer)) == {"own", "team"}


# --- tasks and interactions: seen with what they are about ---------------------------------------


def activities(world: World, build) -> dict[str, Any]:
    """One of a stranger's per account: what matters is the account."""
    stranger = world.owners["foreign"]
    return {key: build(stranger, account=account) for key, account in accounts(world).items()}


ACTIVITIES = {"task": (Task, make.task), "interaction": (Interaction, make.interaction)}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("record_type", ACTIVITIES)
def test_an_activity_is_seen_by_whoever_sees_what_it_is_about(world, record_type, scope):
    model, build = ACTIVITIES[record_type]
    records = activities(world, build)
    viewer = give(world.viewer, account={"view": scope})

    assert keys_of(records, model.objects.visible_to(viewer)) == REACHED[scope]


@pytest.mark.parametrize("record_type", ACTIVITIES)
@pytest.mark.parametrize("about", ["lead", "account", "contact", "opportunity"])
def test_one_visible_record_among_those_it_is_about_is_enough(world, record_type, about):
    model, build = ACTIVITIES[record_type]
    stranger = world.owners["foreign"]
    account = make.account(stranger)
    regarding = {
        "lead": make.lead(stranger),
        "account": account,
        "contact": make.contact(stranger),
        "opportunity": make.opportunity(stranger, account),
    }
    activity = build(stranger, **regarding)

    assert activity in model.objects.visible_to(give(world.viewer, **{about: {"view": Scope.ALL}}))
    assert activity not in model.objects.visible_to(give(world.viewer))


@pytest.mark.parametrize("record_type", ACTIVITIES)
def test_an_own_activity_is_seen_whatever_it_is_about(world, record_type):
    model, build = ACTIVITIES[record_type]
    own = build(world.viewer, account=make.account(world.owners["foreign"]))

    assert own in model.objects.visible_to(give(world.viewer))


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (Scope.NONE, set()),
        (Scope.OWN, {"own"}),
        (Scope.TEAM, {"own", "team"}),
        (Scope.TERRITORY, {"own"}),  # an activity lies in no territory of its own
        (Scope.ALL, {"own", "team", "territory", "foreign"}),
    ],
)
@pytest.mark.parametrize("record_type", ACTIVITIES)
def test_changing_an_activity_needs_the_scope_on_the_activity_itself(world, record_type, scope, reached):
    model, build = ACTIVITIES[record_type]
    account = make.account(world.owners["foreign"])
    records = {key: build(owner, account=account) for key, owner in world.owners.items()}
    viewer = give(world.viewer, account={"view": Scope.ALL}, **{record_type: {"edit": scope}})

    assert keys_of(records, model.objects.editable_by(viewer)) == reached


def test_a_private_interaction_is_its_author_s_alone(world):
    author = world.owners["team"]
    private = make.interaction(author, account=make.account(world.viewer), is_private=True)

    assert private in Interaction.objects.visible_to(author)
    for reader in (world.viewer, make.user("manager"), make.user("administrator")):
        assert private not in Interaction.objects.visible_to(reader)
        assert private not in Interaction.objects.editable_by(reader)


# --- cross-references: both ends ----------------------------------------------------------------


@pytest.mark.parametrize("contact_scope", SCOPES)
@pytest.mark.parametrize("account_scope", SCOPES)
def test_a_cross_reference_is_seen_when_both_ends_are(world, contact_scope, account_scope):
    stranger = world.owners["foreign"]
    records = {
        key: make.cross_reference(stranger, make.contact(owner), make.account(owner, territory=world.territory(key)))
        for key, owner in world.owners.items()
    }
    viewer = give(world.viewer, contact={"view": contact_scope}, account={"view": account_scope})

    both = REACHED[contact_scope] & REACHED[account_scope]
    assert keys_of(records, CrossReference.objects.visible_to(viewer)) == both


@pytest.mark.parametrize("scope", SCOPES)
def test_a_cross_reference_is_changed_by_whoever_may_change_its_account(world, scope):
    stranger = world.owners["foreign"]
    records = {
        key: make.cross_reference(stranger, make.contact(stranger), account) for key, account in accounts(world).items()
    }
    viewer = give(world.viewer, contact={"view": Scope.ALL}, account={"view": Scope.ALL, "edit": scope})

    assert keys_of(records, CrossReference.objects.visible_to(viewer)) == REACHED[Scope.ALL]
    assert keys_of(records, CrossReference.objects.editable_by(viewer)) == REACHED[scope]


def test_a_cross_reference_to_a_lead_needs_that_lead(world):
    stranger = world.owners["foreign"]
    records = {
        key: make.cross_reference(stranger, make.contact(stranger), None, lead=lead)
        for key, lead in leads(world).items()
    }
    viewer = give(world.viewer, contact={"view": Scope.ALL}, lead={"view": Scope.TERRITORY})

    assert keys_of(records, CrossReference.objects.visible_to(viewer)) == {"own", "territory"}


# --- nobody's -----------------------------------------------------------------------------------


@pytest.mark.parametrize("record_type", [*BUILDERS, *ACTIVITIES])
def test_inactive_and_signed_out_people_see_nothing(world, record_type):
    if record_type in BUILDERS:
        model, build = BUILDERS[record_type]
        build(world)
    else:
        model, build = ACTIVITIES[record_type]
        activities(world, build)
    retired = make.user("administrator", is_active=False)

    for reader in (retired, AnonymousUser(), None):
        assert not model.objects.visible_to(reader).exists()
        assert not model.objects.editable_by(reader).exists()


@pytest.mark.parametrize("record_type", BUILDERS)
def test_an_administrator_sees_and_changes_everything(world, record_type):
    model, build = BUILDERS[record_type]
    records = build(world)
    administrator = make.user("administrator")

    assert keys_of(records, model.objects.visible_to(administrator)) == REACHED[Scope.ALL]
    assert keys_of(records, model.objects.editable_by(administrator)) == REACHED[Scope.ALL]
