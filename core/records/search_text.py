"""The search index: one row of folded text per record, found by every word in any order on both databases."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.db import connection, models, transaction
from django.db.models import Lookup, Q, TextField

from core.text.normalise import KEPT_LENGTH, bare_number, fold, phone_digits, words

from . import bulk, child_rows
from .blank import blank
from .models import Record
from .registry import record_models
from .saving import Saving

MAX_TEXT = 4000
MAX_QUERY = 300
MAX_WORDS = 10
MAX_WORD = 100
# The FTS5 index knows pieces of three letters; shorter words are looked for in the text itself.
SHORTEST_INDEXED = 3
FEWEST_PHONE_DIGITS = 5
REBUILD_BATCH = 500

_INNER_MARKS = re.compile(r"[^\w]+")
# Words without marks or digits: nothing of them has to be taken apart.
_PLAIN_WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_AROUND_ADDRESS = " \"'<>.,;:()[]"
_NOT_IN_ADDRESS = re.compile(r"[^\w@.+\-'&=#~!$%*/?^{|}]+")


class SearchText(models.Model):
    """What a record is found by, in the trash too, so that a restored one is found again.

    On PostgreSQL a trigram index serves `contains`, on SQLite the table below does.
    """

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
    """SQLite only: the FTS5 trigram table beside SearchText, same ids, written by the same functions."""

    rowid = models.BigAutoField(primary_key=True, db_column="rowid")
    text = models.TextField()

    class Meta:
        managed = False
        db_table = "core_search_trigram"

    def __str__(self) -> str:
        return str(self.rowid)


# --- writing -----------------------------------------------------------------------------------


def is_searchable(model: type[Record]) -> bool:
    """Whether records of this model have a search text, if only an empty one."""
    return model.search_parts is not Record.search_parts


def refresh(savings: list[Saving]) -> None:
    """Write the search text of saved records: a fixed number of statements per batch."""
    model = type(savings[0].record)
    if not is_searchable(model):
        return
    unknown = {
        name: [saving.record.pk for saving in savings if not saving.is_new and name not in (saving.children or {})]
        for name in model.CHILDREN
    }
    stored = {name: child_rows.load(model, name, ids) for name, ids in unknown.items()}
    texts = {}
    for saving in savings:
        record, written = saving.record, saving.children or {}
        children = {
            name: written[name] if name in written else stored[name].get(record.pk, []) for name in model.CHILDREN
        }
        texts[record.pk] = search_text(record.search_parts(children))
    known = [saving.record.pk for saving in savings if not saving.is_new]
    _store(model.record_type(), texts, known)


def refresh_records(model: type[Record], ids: list[int]) -> None:
    """Write the search text of stored records anew, the trash included; for what changes with another record."""
    for start in range(0, len(ids), REBUILD_BATCH):
        chunk = ids[start : start + REBUILD_BATCH]
        with transaction.atomic():
            _store(model.record_type(), _texts_of(model, model.all_objects.filter(pk__in=chunk)), chunk)


def _texts_of(model: type[Record], rows: models.QuerySet) -> dict[int, str]:
    records = list(rows.select_related(*model.DERIVES_FROM) if model.DERIVES_FROM else rows)
    ids = [record.pk for record in records]
    stored = {name: child_rows.load(model, name, ids) for name in model.CHILDREN}
    return {
        record.pk: search_text(record.search_parts({name: stored[name].get(record.pk, []) for name in stored}))
        for record in records
    }


def _store(record_type: str, texts: dict[int, str], known: list[int]) -> None:
    """Insert the texts that are new and change those that differ; known: ids that may have a text already."""
    rows = SearchText.objects.filter(record_type=record_type, record_id__in=known) if known else ()
    old = {row.record_id: row for row in rows}
    added = [(pk, text) for pk, text in texts.items() if pk not in old]
    new = [blank(SearchText, record_type=record_type, record_id=pk, text=text) for pk, text in added]
    stale = [(old[pk].pk, text) for pk, text in texts.items() if pk in old and old[pk].text != text]
    bulk.insert(new)
    _change(SearchText, "id", stale)
    if connection.vendor == "sqlite":
        bulk.insert([blank(SearchTrigram, rowid=row.pk, text=row.text) for row in new])
        _change(SearchTrigram, "rowid", stale)


def _change(model: type[models.Model], key: str, rows: list[tuple[int, str]]) -> None:
    if rows:
        bulk.update(model, [{"text": text} for _pk, text in rows], [{key: pk} for pk, _text in rows])


def forget(record_type: str, ids: list[int]) -> None:
    """Remove the search text of purged records."""
    rows = SearchText.objects.filter(record_type=record_type, record_id__in=ids)
    if connection.vendor == "sqlite":
        SearchTrigram.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()
    rows.delete()


def rebuild(model: type[Record]) -> Iterator[int]:
    """Write all texts of a model anew in short transactions; yields how many records each batch had."""
    last = 0
    record_type = model.record_type()
    while True:
        with transaction.atomic():
            rows = model.all_objects.filter(pk__gt=last).order_by("pk")[:REBUILD_BATCH]
            ids = list(rows.values_list("pk", flat=True))
            # Everything up to the last of them, so that texts without a record go too.
            old = SearchText.objects.filter(record_type=record_type, record_id__gt=last)
            old = old.filter(record_id__lte=ids[-1]) if ids else old
            forget(record_type, list(old.values_list("record_id", flat=True)))
            _store(record_type, _texts_of(model, model.all_objects.filter(pk__in=ids)), [])
        if not ids:
            return
        yield len(ids)
        last = ids[-1]


def drop_left_over() -> None:
    """Remove what the index of SQLite holds without a text (tables that were emptied from outside)."""
    if connection.vendor == "sqlite":
        SearchTrigram.objects.exclude(pk__in=SearchText.objects.values("pk")).delete()


def differences() -> list[str]:
    """What a rebuild would put right, a line each: record types whose number of texts is not that of their records."""
    found = []
    for model in record_models():
        record_type = model.record_type()
        wanted = model.all_objects.count() if is_searchable(model) else 0
        present = SearchText.objects.filter(record_type=record_type).count()
        if wanted != present:
            found.append(f"{record_type}: {wanted} records, {present} search texts")
    if connection.vendor == "sqlite":
        present, indexed = SearchText.objects.count(), SearchTrigram.objects.count()
        if present != indexed:
            found.append(f"{present} search texts, {indexed} of them indexed")
    return found


def search_text(parts: Iterable[str]) -> str:
    """The folded words of parts: e-mails as a whole and in parts, phones as digits, "S.L." also as "sl"."""
    found: dict[str, None] = {}
    for part in parts:
        if part:
            found.update(dict.fromkeys(_kept_words(part) if len(part) <= KEPT_LENGTH else _words_of(part)))
    found.pop("", None)
    return " ".join(found)[:MAX_TEXT]


def _words_of(part: str) -> tuple[str, ...]:
    """The words by which one text is found, "" among them now and then."""
    folded = fold(part)
    if folded.isalpha():
        return (folded,)
    if _PLAIN_WORDS.fullmatch(folded):
        return tuple(folded.split())
    found = _INNER_MARKS.split(folded)
    for token in folded.split():
        found.append(token.strip(_AROUND_ADDRESS) if "@" in token else _INNER_MARKS.sub("", token))
    digits = phone_digits(folded)
    if len(digits) >= FEWEST_PHONE_DIGITS and not _has_letters(bare_number(folded)):
        found.append(digits)
    return tuple(found)


# Towns, job titles and first names come again and again.
_kept_words = lru_cache(maxsize=4096)(_words_of)


# --- finding -----------------------------------------------------------------------------------


def query_words(query: str) -> list[list[str]]:
    """The ways in which a query is understood, each the words that must all be there; [] finds nothing.

    A phone number is looked for as its digits, whatever stands between them, and as the words it is written in.
    """
    text = fold(query[:MAX_QUERY])
    plain = _plain_words(text)
    number = bare_number(text)
    digits = phone_digits(number)
    if len(digits) < FEWEST_PHONE_DIGITS or _has_letters(number):
        return [plain] if plain else []
    joined = [_without_zeros(digits)]
    return [joined] if plain == joined else [joined, plain]


def _plain_words(text: str) -> list[str]:
    found: dict[str, None] = {}
    for token in text.split():
        if "@" in token:
            address = _NOT_IN_ADDRESS.sub("", token).strip(_AROUND_ADDRESS)
            found[address] = None
        else:
            for word in words(token):
                long_number = word.isdecimal() and len(word) > FEWEST_PHONE_DIGITS
                found[_without_zeros(phone_digits(word)) if long_number else word] = None
    found.pop("", None)
    return [word[:MAX_WORD] for word in found][:MAX_WORDS]


def _without_zeros(digits: str) -> str:
    """Digits without the zeros that are dialled before a number: 0034600..., 0600...."""
    return digits.lstrip("0") or digits


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def hits(query: str, record_type: str | None = None) -> models.QuerySet:
    """SearchText rows that hold every word of query, of one record type or of all; nothing for an empty query."""
    ways = query_words(query)
    if not ways:
        return SearchText.objects.none()
    rows = SearchText.objects.all() if record_type is None else SearchText.objects.filter(record_type=record_type)
    condition = Q()
    for wanted in ways:
        condition |= _holds_all(wanted)
    return rows.filter(condition)


def _holds_all(wanted: list[str]) -> Q:
    condition = Q()
    if connection.vendor == "sqlite":
        indexed = [word for word in wanted if len(word) >= SHORTEST_INDEXED]
        if indexed:
            expression = " AND ".join('"' + word.replace('"', '""') + '"' for word in indexed)
            found = SearchTrigram.objects.filter(text__fts_match=expression)
            condition &= Q(pk__in=found.values("pk"))
        wanted = [word for word in wanted if len(word) < SHORTEST_INDEXED]
    for word in wanted:
        condition &= Q(text__contains=word)
    return condition


def matching(queryset: models.QuerySet, query: str) -> models.QuerySet:
    """The rows of queryset that are found by every word of query; queryset decides who sees what."""
    found = hits(query, queryset.model.record_type()).values("record_id")
    return queryset.filter(pk__in=found)
