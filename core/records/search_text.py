"""The search index: one row of folded text per record, found by every word in any order on both databases."""

from collections.abc import Iterable

from django.db import connection, models
from django.db.models import Lookup, TextField

from core.text.normalise import phone_digits, words

from . import child_rows
from .saving import Saving

MAX_TEXT = 4000
MAX_WORDS = 8


class SearchText(models.Model):
    """What a record is found by. On PostgreSQL a trigram index serves `contains`, on SQLite the table below does."""

    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="one_search_text_per_record")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"


@TextField.register_lookup
class FullTextMatch(Lookup):
    """`column MATCH expression` of SQLite's FTS5."""

    lookup_name = "fts_match"

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} MATCH {right}", [*left_params, *right_params]


class SearchTrigram(models.Model):
    """SQLite only: the FTS5 trigram table beside SearchText, same ids, written by the same function."""

    rowid = models.BigAutoField(primary_key=True, db_column="rowid")
    text = models.TextField()

    class Meta:
        managed = False
        db_table = "core_search_trigram"

    def __str__(self) -> str:
        return str(self.rowid)


def refresh(savings: list[Saving]) -> None:
    """Write the search text of saved records: a fixed number of statements per batch."""
    record_type = savings[0].record.record_type()
    texts = _texts(savings)
    old = {
        row.record_id: row
        for row in SearchText.objects.filter(record_type=record_type, record_id__in=_old_ids(savings))
    }
    new_rows, stale = [], []
    for record_id, text in texts.items():
        row = old.get(record_id)
        if row is None:
            if text:
                new_rows.append(SearchText(record_type=record_type, record_id=record_id, text=text))
        elif row.text != text:
            row.text = text
            stale.append(row)
    for row in stale:
        SearchText.objects.filter(pk=row.pk).update(text=row.text)
    SearchText.objects.bulk_create(new_rows, batch_size=500)
    _write_trigrams(new_rows, stale)


def _old_ids(savings: list[Saving]) -> list[int]:
    return [saving.record.pk for saving in savings if not saving.is_new]


def _texts(savings: list[Saving]) -> dict[int, str]:
    """The folded text per record id; child rows that were not part of the write are read once per related name."""
    model = type(savings[0].record)
    unknown = {
        name: [saving.record.pk for saving in savings if not saving.is_new and name not in (saving.children or {})]
        for name in model.CHILDREN
    }
    stored = {name: child_rows.load(model, name, ids) for name, ids in unknown.items()}
    texts = {}
    for saving in savings:
        record = saving.record
        children = {
            name: (saving.children or {}).get(name) or stored[name].get(record.pk, []) for name in model.CHILDREN
        }
        texts[record.pk] = search_text(record.search_parts(children))
    return texts


def search_text(parts: Iterable[str]) -> str:
    """The folded words of parts with a blank at either end; e-mails as a whole and in parts, phones as digits."""
    found: dict[str, None] = {}
    for part in parts:
        if not part:
            continue
        if "@" in part:
            found[part.casefold()] = None
        for word in words(part):
            found[word] = None
        digits = phone_digits(part)
        if len(digits) >= 5:
            found[digits] = None
    return " ".join(found)[:MAX_TEXT]


def _write_trigrams(new_rows: list[SearchText], stale: list[SearchText]) -> None:
    if connection.vendor != "sqlite":
        return
    for row in stale:
        SearchTrigram.objects.filter(pk=row.pk).update(text=row.text)
    SearchTrigram.objects.bulk_create([SearchTrigram(rowid=row.pk, text=row.text) for row in new_rows], batch_size=400)


def forget(record_type: str, ids: list[int]) -> None:
    """Remove the search text of purged records."""
    rows = SearchText.objects.filter(record_type=record_type, record_id__in=ids)
    if connection.vendor == "sqlite":
        SearchTrigram.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()
    rows.delete()


def query_words(query: str) -> list[str]:
    """The words a search looks for: folded, a phone number as its digits; at most eight. [] finds nothing."""
    digits = phone_digits(query)
    if len(digits) >= 5 and not any(char.isalpha() for char in query):
        return [digits.removeprefix("00").lstrip("0") or digits]
    if "@" in query:
        return [word.casefold()[:100] for word in query.split()][:MAX_WORDS]
    return [word[:100] for word in words(query)][:MAX_WORDS]


def hits(query: str, record_type: str | None = None) -> models.QuerySet:
    """SearchText rows that hold every word of query, of one record type or of all; nothing for an empty query."""
    wanted = query_words(query)
    if not wanted:
        return SearchText.objects.none()
    rows = SearchText.objects.all() if record_type is None else SearchText.objects.filter(record_type=record_type)
    if connection.vendor == "sqlite":
        long_words = [word for word in wanted if len(word) >= 3]
        if long_words:
            expression = " AND ".join('"' + word.replace('"', '""') + '"' for word in long_words)
            rows = rows.filter(pk__in=SearchTrigram.objects.filter(text__fts_match=expression).values("pk"))
        wanted = [word for word in wanted if len(word) < 3]
    for word in wanted:
        rows = rows.filter(text__contains=word)
    return rows


def matching(queryset: models.QuerySet, query: str) -> models.QuerySet:
    """The rows of queryset that are found by every word of query."""
    found = hits(query, queryset.model.record_type()).values("record_id")
    return queryset.filter(pk__in=found)
