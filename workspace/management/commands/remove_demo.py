"""Removes the demo firm; setup values and everything else stay."""

from django.core.management.base import BaseCommand

from workspace.demo.wiping import remove_demo


class Command(BaseCommand):
    help = "Remove the demo firm's records and users."

    def handle(self, *args, **options):
        result = remove_demo(actor=None)
        self.stdout.write(
            f"{result.records} records and {result.users} users removed, {result.kept} records kept because others "
            f"need them, {result.switched_off} users switched off."
        )
