"""Files attached to records and interactions: size and number limits, safe names, one way in."""

from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core.records.door import save_record
from core.records.means import Means

from .models import Attachment

MAX_FILE = 25 * 1024 * 1024
MAX_FILES = 10


def validate_uploads(files: list[UploadedFile]) -> None:
    """Raise ValidationError for too many or too large files, naming the file."""
    if len(files) > MAX_FILES:
        raise ValidationError(_("At most %(n)s files at once.") % {"n": MAX_FILES})
    for file in files:
        if file.size > MAX_FILE:
            limit = filesizeformat(MAX_FILE)
            raise ValidationError(_("“%(name)s” is larger than %(limit)s.") % {"name": file.name, "limit": limit})


def attach_files(
    *, files: list[UploadedFile], actor: Any, means: Means, interaction=None, **keys: Any
) -> list[Attachment]:
    """Keep files beside an interaction or a record. keys: lead_id, account_id, contact_id, opportunity_id."""
    kept = []
    for file in files:
        name = PurePath(file.name.replace("\\", "/")).name[:200] or "file"
        attachment = Attachment(
            interaction=interaction,
            owner=actor,
            file=file,
            name=name,
            size=file.size,
            content_type=(file.content_type or "")[:100],
            **keys,
        )
        kept.append(save_record(attachment, actor=actor, means=means))
    return kept
