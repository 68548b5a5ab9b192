"""One filled installation for tests of many pages: the records of one representative, and a client per persona."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from activities.files import attach_files
from activities.tasks import cancel_task
from contacts.accepting import accept_above
from contacts.person_accounts import person_account_for
from core.records.means import Means
from core.records.trash import delete_record
from imports.choosing import bring_file
from leads.disqualification import disqualify_lead
from opportunities.closing import win_opportunity
from setup_values.models import DisqualificationReason, LostReason
from tests import make
from users.models import User

PERSONAS = ("nobody", "administrator", "manager", "rep", "colleague", "stranger", "read_only")


@dataclass
class Scene:
    """clients: persona -> signed-in client; users: persona -> user ("nobody" has none); records by short names."""

    clients: dict[str, Client] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    records: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.records[name]
        except KeyError:
            raise AttributeError(name) from None


def people() -> dict[str, User]:
    """The personas as the fixtures of conftest make them."""
    return {
        "administrator": make.user("administrator", name="Ada Admin"),
        "manager": make.user("manager", name="Marta Manager"),
        "rep": make.user("rep", name="Rosa Rep"),
        "colleague": make.user("rep", name="Carla Colleague"),
        "stranger": make.user("rep", name="Simon Stranger", team=make.team("South")),
        "read_only": make.user("read-only", name="Rita Reader"),
    }


def client_of(user: User | None) -> Client:
    """A browser in which user is signed in; None is signed out."""
    client = Client(headers={"accept": "text/html"})
    if user is not None:
        client.force_login(user, backend="users.backends.RoleBackend")
    return client


def build() -> Scene:
    """Everything belongs to the representative; nothing is shared with the stranger's team."""
    make.firm()
    scene = Scene(users=people())
    scene.clients = {name: client_of(scene.users.get(name)) for name in PERSONAS}
    rep = scene.users["rep"]
    prospect = make.account(rep, "Bodegas Arnedo", emails=["compras@arnedo.example"])
    contact = make.contact(rep, "Pilar", "Arnedo", emails=["pilar@arnedo.example"])
    opportunity = make.opportunity(rep, prospect, contact=None)
    won = make.opportunity(rep, make.customer(rep, "Cavas Haro"), "Butterfly valves")
    win_opportunity(opportunity=won, actor=rep)
    note = make.interaction(rep, "Visit at the plant", account=prospect, follow_up_date=timezone.localdate())
    closed = make.lead(rep, "Iker", "Zubia")
    disqualify_lead(lead=closed, reason=make.value(DisqualificationReason, "No budget"), actor=rep)
    done = make.task(rep, "Send the drawings", account=prospect)
    cancel_task(task=done, actor=rep)
    scene.records = {
        "prospect": prospect,
        "customer": make.customer(rep, "Aceites Jaén"),
        "former": make.account(rep, "Conservas Noja", lifecycle=Account.Lifecycle.FORMER),
        "contact": contact,
        "reference": make.cross_reference(rep, contact, prospect),
        "person": person_account_for(contact=make.contact(rep, "Marina", "Olite"), actor=rep),
        "lead": make.lead(rep, "Aitor", "Landa"),
        "opportunity": opportunity,
        "won": won,
        "stage": make.process().stages.order_by("position").last(),
        "task": make.task(rep, account=prospect),
        "interaction": note,
        "done": done,
        "closed_lead": closed,
        "attachment": attach_files(
            files=[SimpleUploadedFile("plan.txt", b"DN200")],
            actor=rep,
            means=Means("form"),
            interaction=note,
            account_id=prospect.pk,
        )[0],
        "unit": delete_record(make.account(rep, "Harinas Lodosa"), actor=rep, means=Means("form")),
        "import": bring_file(
            source=ContentFile(b"First Name,E-mail\r\nEdurne,edurne@olite.example\r\n"), name="people.csv", actor=rep
        ),
        "value": make.value(LostReason, "Price"),
        "team": make.team("West"),
        "role": rep.role,
        "user": make.user("rep", name="Otto Other"),
        "alone": make.contact(rep, "Nerea", "Otxoa"),
        "acceptance": accept_above(least_score=90, actor=rep),
    }
    return scene
