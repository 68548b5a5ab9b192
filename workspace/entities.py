"""All entities in the order of the menu; navigation, search, import, dashboards and tests loop over this tuple."""

from accounts.entity import AccountEntity, CustomerEntity, ProspectEntity
from activities.entity import InteractionEntity, TaskEntity
from contacts.entity import ContactEntity, CrossReferenceEntity
from leads.entity import LeadEntity
from opportunities.entity import OpportunityEntity

ENTITIES = (
    LeadEntity,
    ProspectEntity,
    CustomerEntity,
    AccountEntity,
    ContactEntity,
    CrossReferenceEntity,
    OpportunityEntity,
    TaskEntity,
    InteractionEntity,
)
