"""[S6] The demo firm loads, looks full, and goes without touching setup values or real data."""

import pytest

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.models import Contact
from core.records.models import Change
from core.records.registry import record_models
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import CatalogValue, LeadStatus
from tests import make
from users.models import User
from workspace.demo.loading import DemoAlreadyLoaded, NotInProduction, load_demo
from workspace.demo.wiping import remove_demo

pytestmark = pytest.mark.django_db


def business_rows() -> int:
    models = [model for model in record_models() if not issubclass(model, CatalogValue)]
    return sum(model.all_objects.count() for model in models)


@pytest.mark.parametrize("language", ["en", "es"])
def test_loads_a_full_firm_and_removes_it_again(language):
    load_demo(language=language)
    assert Account.objects.count() >= 38
    assert Contact.objects.count() >= 115
    assert Lead.objects.count() >= 58
    assert set(Opportunity.objects.values_list("state", flat=True)) == {"open", "won", "lost"}
    assert Task.objects.count() >= 145
    assert Interaction.objects.count() >= 390
    assert User.objects.filter(is_demo=True).count() == 8
    statuses = LeadStatus.objects.count()
    with pytest.raises(DemoAlreadyLoaded):
        load_demo(language=language)

    remove_demo(actor=None)
    assert business_rows() == 0
    assert not User.objects.filter(is_demo=True).exists()
    assert LeadStatus.objects.count() == statuses
    assert not Change.objects.filter(record_type="account").exists()


def test_what_own_records_hang_on_stays():
    make.firm()
    admin = make.user("administrator")
    own = make.account(admin, "Own account")
    load_demo(language="en", actor=admin, with_users=False)
    opportunity = Opportunity.objects.filter(state="open").first()
    task = make.task(admin, **opportunity.regarding_keys())
    result = remove_demo(actor=admin)
    assert result.kept >= 2
    assert Task.objects.get() == task
    assert Opportunity.objects.get() == opportunity
    assert {own, opportunity.account} <= set(Account.objects.all())
    assert User.objects.get() == admin


def test_production_never_has_demo_users(settings):
    settings.PRODUCTION = True
    with pytest.raises(NotInProduction):
        load_demo(language="en")
    assert business_rows() == 0


def test_only_administrators_load_and_remove_by_page(client):
    make.firm()
    client.force_login(make.user("manager"))
    assert client.post("/setup/demo/load/").status_code == 404
    assert client.get("/setup/demo/remove/").status_code == 404
    client.force_login(make.user("administrator"))
    assert client.post("/setup/demo/load/").status_code == 302
    assert Account.objects.exists()
    assert client.post("/setup/demo/remove/").status_code == 302
    assert business_rows() == 0
