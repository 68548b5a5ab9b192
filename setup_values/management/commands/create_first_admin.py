"""`manage.py create_first_admin`: the one-time link by which the first administrator sets everything up."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from users.first_administrator import AdministratorExists, create_link


class Command(BaseCommand):
    """Prints a link that works once; exits with 1 as soon as an administrator exists."""

    help = "Print a one-time link that sets up the first administrator and the firm; the link before it dies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--print-link", action="store_true", help="print the link (what happens without the option, too)"
        )

    def handle(self, **options: object) -> None:
        try:
            link = create_link()
        except AdministratorExists:
            raise CommandError(
                "There is an administrator already. New users are made on the page Setup > Users; "
                "a forgotten password is replaced by: manage.py changepassword E-MAIL"
            ) from None
        self.stdout.write("Open this link to set up the first administrator. It works once:\n")
        self.stdout.write(self.style.SUCCESS(f"    {link}\n"))
