"""An account in the trash does not hold its number any more."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

BATCH = 500
REFUSAL = "Another account has this number."


def leave_numbers_to_the_last(apps, schema_editor):
    """On the way back the trash counts again: of accounts with one number, those in the trash lose it."""
    accounts = apps.get_model("accounts", "Account")._base_manager
    holders = accounts.exclude(pk=OuterRef("pk")).filter(number=OuterRef("number"))
    later = holders.filter(Q(deleted_at__isnull=True) | Q(pk__gt=OuterRef("pk")))
    trashed = accounts.filter(~Q(number=""), Exists(later), deleted_at__isnull=False)
    ids = list(trashed.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        accounts.filter(pk__in=ids[start : start + BATCH]).update(number="")


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_e_mail_domains"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["number"], name="account_number"),
        ),
        migrations.RemoveConstraint(model_name="account", name="account_number_once"),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("number", ""), _negated=True), ("deleted_at__isnull", True)),
                fields=("number",),
                name="account_number_once",
                violation_error_message=REFUSAL,
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, leave_numbers_to_the_last, elidable=True),
    ]
