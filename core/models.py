"""The tables of the foundation, gathered from its parts for Django."""

from core.jobs.models import Job, Tick
from core.records.form_keys import FormKey
from core.records.models import Change, TrashUnit
from core.records.search_text import SearchText, SearchTrigram
from core.records.undo_log import KeptRecord, Undo

__all__ = ["Change", "FormKey", "Job", "KeptRecord", "SearchText", "SearchTrigram", "Tick", "TrashUnit", "Undo"]
