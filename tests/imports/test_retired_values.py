"""Records with retired values, or of users who left or have a namesake, come back from our own export unchanged."""

import pytest

from core.records.door import save_record
from core.records.means import Means
from leads.models import Lead
from setup_values.models import ContactRole, Industry, Source, Stage, Territory
from tests import make
from tests.imports.running import actions, go, reasons
from tests.imports.test_record_exports import exported
from users.models import User

pytestmark = pytest.mark.django_db

NAMES = ["contact", "lead", "account", "opportunity", "task", "interaction", "cross_reference"]


@pytest.fixture
def boss(db):
    make.firm()
    boss = make.user("administrator")
    role, source = make.value(ContactRole, "Buyer"), make.value(Source, "Fair")
    territory, industry = make.value(Territory, "North"), make.value(Industry, "Steel")
    gone, *_twins = people = [make.user("rep", name=name) for name in ("Gone Person", "Twin Name", "Twin Name")]
    for person in people:
        account = make.account(person, territory=territory, industry=industry)
        contact = make.contact(person, source=source)
        make.cross_reference(boss, contact, account, role=role)
        make.lead(person, source=source, territory=territory)
        make.opportunity(person, account, contact=contact, source=source)
        make.task(person, account=account)
        make.interaction(person, account=account)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for value in (role, source, territory, industry, Stage.objects.order_by("position").first()):
        value.is_active = False
        save_record(value, actor=boss, means=Means("form"))
    return boss


@pytest.mark.parametrize("name", NAMES)
def test_an_export_changes_nothing_when_it_comes_back(boss, name):
    work = go(boss, exported(boss, name), entity=name)

    assert set(actions(work)) == {"unchanged"}, reasons(work)


def test_another_retired_value_is_refused_as_ever(boss):
    lead = Lead.objects.order_by("pk").first()
    row = f"id,version,source,created_at\n{lead.pk},{lead.version},Trade,2026-01-01\n"

    assert reasons(go(boss, row, entity="lead")) == ["Source: “Trade” is not in Opportunity sources."]


def test_what_the_user_answered_counts_before_what_the_record_has(boss):
    lead = Lead.objects.order_by("pk").first()
    other = make.value(Source, "Advertisement")
    row = f"id,version,source,created_at\n{lead.pk},{lead.version},Fair,2026-01-01\n"
    go(boss, row, entity="lead", values={"source": {"fair": str(other.pk)}})

    lead.refresh_from_db()
    assert lead.source == other
