"""All entities in the order of the menu; navigation, search, import, dashboards and tests loop over this tuple."""

from accounts.entity import AccountEntity, CustomerEntity, ProspectEntity
from activities.entity import InteractionEntity, TaskEntity
from leads.entity import LeadEntity
from opportunities.entity import OpportunityEntity

ENTITIES = (LeadEntity, ProspectEntity, CustomerEntity, AccountEntity, OpportunityEntity, TaskEntity, InteractionEntity)
