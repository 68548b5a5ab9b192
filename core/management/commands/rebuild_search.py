"""`manage.py rebuild_search`: writes the search index anew, or says with --check whether that is needed."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from core.records import search_text
from core.records.registry import record_models


class Command(BaseCommand):
    """Short transactions, so it can run while people work."""

    help = "Write the search index anew; with --check only compare its counts with those of the records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit with an error when counts differ"
        )

    def handle(self, *, check: bool, verbosity: int, **options: object) -> None:
        if not check:
            search_text.drop_left_over()
            for model in record_models():
                if search_text.is_searchable(model):
                    written = sum(search_text.rebuild(model))
                    if verbosity:
                        self.stdout.write(f"{model.record_type()}: {written}")
        if found := search_text.differences():
            raise CommandError("The search index is not complete: " + "; ".join(found))
        self.stdout.write("The search index is complete.")
