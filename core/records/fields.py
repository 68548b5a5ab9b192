"""Column types that behave the same on SQLite and PostgreSQL."""

from django.db import models


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
