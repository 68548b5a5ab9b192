"""Column types that behave the same on SQLite and PostgreSQL."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.functional import Promise

CENT = Decimal("0.01")


def user_stamp(label: Promise) -> models.ForeignKey:
    """Who did something to a record: never typed, empty once that user is gone, not searched by."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=label,
    )


class LinesField(models.CharField):
    """A short text that may stand on several lines, such as a street."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class FoldedField(models.CharField):
    """Text as it is compared and sorted; byte order on both databases, also in an ICU database."""

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class MoneyField(models.DecimalField):
    """An amount with two decimals; 15 digits, because SQLite returns 16-digit money rounded."""

    def __init__(self, *args, **kwargs):
        kwargs["max_digits"] = 15
        kwargs["decimal_places"] = 2
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def to_python(self, value):
        """An amount as the database gives it back (48200 -> 48200.00); more than two decimals are not rounded."""
        # A float stands for what it prints as: 12.1 is 12.10 and not 12.0999999999999996447.
        amount = super().to_python(repr(value) if isinstance(value, float) else value)
        if amount is None or amount.adjusted() > self.max_digits:
            return amount
        cents = amount.quantize(CENT)
        return cents if cents == amount else amount
