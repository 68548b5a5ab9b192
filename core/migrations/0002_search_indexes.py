"""The search index of each database: a trigram index on PostgreSQL, an FTS5 trigram table on SQLite."""

from django.db import migrations


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(
            "CREATE INDEX core_searchtext_trigram ON core_searchtext USING gin (text gin_trgm_ops)"
        )
    elif schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE core_search_trigram USING fts5(text, tokenize='trigram case_sensitive 1')"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX core_searchtext_trigram")
    elif schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE core_search_trigram")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
