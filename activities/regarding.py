"""What an interaction, task or file is about: up to one lead, account, contact and opportunity each."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.records.rights import Right, Scope

REGARDING = ("lead", "account", "contact", "opportunity")


class Regarding(models.Model):
    """Abstract: nullable keys of which at least one is set; rights follow the records they lead to."""

    lead = models.ForeignKey(
        "leads.Lead",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="%(class)ss",
        verbose_name=_("lead"),
    )
    account = models.ForeignKey(
        "accounts.Account",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="%(class)ss",
        verbose_name=_("account"),
    )
    contact = models.ForeignKey(
        "contacts.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="%(class)ss",
        verbose_name=_("contact"),
    )
    opportunity = models.ForeignKey(
        "opportunities.Opportunity",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="%(class)ss",
        verbose_name=_("opportunity"),
    )

    class Meta:
        abstract = True

    @classmethod
    def filter_regarding_visible(cls, rows, user):
        """Rows of which user sees at least one record they regard, that are the user's own or shared with user.

        Asked row by row (EXISTS), so that the timeline of one record does not cost more when there are many.
        """
        condition = Q(owner_id=user.pk) | Q(created_by_id=user.pk) | cls.participant_filter(user)
        partial = False
        for name in REGARDING:
            scope = user.scope(name, Right.VIEW)
            if scope == Scope.ALL:
                condition |= Q(**{f"{name}__isnull": False})
                continue
            partial = True
            if scope != Scope.NONE:
                related = cls._meta.get_field(name).related_model
                condition |= Q(Exists(related.objects.visible_to(user).filter(pk=OuterRef(f"{name}_id"))))
        return rows.filter(condition) if partial else rows

    @classmethod
    def participant_filter(cls, user) -> Q:
        """The condition for rows in which user takes part; what has no participants has none."""
        return Q(pk__in=[])

    def regarding_records(self) -> list[models.Model]:
        """The records this is about, the most specific first."""
        names = ("opportunity", "lead", "contact", "account")
        return [record for name in names if (record := getattr(self, name)) is not None]


def regards_something(prefix: str) -> models.CheckConstraint:
    """At least one of the four keys is set."""
    condition = (
        Q(lead__isnull=False) | Q(account__isnull=False) | Q(contact__isnull=False) | Q(opportunity__isnull=False)
    )
    return models.CheckConstraint(
        condition=condition,
        name=f"{prefix}_regards_something",
        violation_error_message=_("Say what it is about: a lead, an account, a contact or an opportunity."),
    )
