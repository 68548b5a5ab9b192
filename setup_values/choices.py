"""What a form may offer of a catalog: active values, and the one a record has already."""

from django.db.models import Q, QuerySet

from .models import CatalogValue, Stage


def active_values(model: type[CatalogValue], keep: CatalogValue | int | None = None) -> QuerySet:
    """The active values of a catalog in their order, and `keep` (a value or its id), which a record has.

    A retired `keep` is offered to that record alone. Empty while the catalog is empty.
    """
    wanted = Q(is_active=True)
    if model is Stage:
        wanted &= Q(process__is_active=True)
    if keep is not None:
        wanted |= Q(pk=getattr(keep, "pk", keep))
    return model.objects.filter(wanted)


def default_value(model: type[CatalogValue], **scope) -> CatalogValue | None:
    """The default of a scope (meaning="won"), else its first active value in order; None without any.

    Only for what a use case must choose by itself; a form preselects nothing but a default (`preselected`).
    """
    return active_values(model).filter(**scope).order_by("-is_default", *model._meta.ordering).first()


def preselected(model: type[CatalogValue], **scope) -> CatalogValue | None:
    """The default of a scope as a new form shows it, None when the firm has set none."""
    return active_values(model).filter(is_default=True, **scope).first()
