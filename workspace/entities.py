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
# {record type: entity} without the views of another entity's records, such as prospects of accounts.
ENTITY_OF = {entity.model.record_type(): entity for entity in ENTITIES if entity.view_of is None}
