"""Loads the demo firm into an installation; `--if-empty` does nothing where anybody is there already."""

from django.core.management.base import BaseCommand, CommandError

from users.models import User
from workspace.demo.loading import DEMO_PASSWORD, DemoAlreadyLoaded, NotInProduction, load_demo


class Command(BaseCommand):
    help = "Load the demo firm with its users; never in production."

    def add_arguments(self, parser):
        parser.add_argument("--language", choices=["en", "es"], default="en")
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there are users already.")
        parser.add_argument("--sign-ins", action="store_true", help="Load nothing, print who can sign in to the demo.")

    def handle(self, *args, **options):
        if options["sign_ins"]:
            self.print_sign_ins()
            return
        if options["if_empty"] and User.objects.exists():
            return
        try:
            load_demo(language=options["language"])
        except DemoAlreadyLoaded as error:
            raise CommandError("The demo firm is loaded already.") from error
        except NotInProduction as error:
            raise CommandError("Production never has demo users.") from error
        self.stdout.write("The demo firm is loaded.")
        self.print_sign_ins()

    def print_sign_ins(self):
        """One line per demo user; nothing where there is none."""
        people = User.objects.filter(is_demo=True, is_active=True).select_related("role")
        if people:
            self.stdout.write(f"Sign in with one of these and the password {DEMO_PASSWORD}:")
        for user in people.order_by("role__name", "name"):
            self.stdout.write(f"  {user.email:38} {user.role.name}")
