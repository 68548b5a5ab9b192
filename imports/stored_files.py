"""The uploaded file of an import where it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from .file_errors import UnusableFile
from .models import Import


class FileGone(UnusableFile):
    """The uploaded file has been removed from the disk."""

    code = "file_gone"
    text = _("The uploaded file is not there any more. Upload it again.")


@contextmanager
def stored_file(work: Import) -> Iterator[BinaryIO]:
    """The file of an import, open for reading; raises FileGone."""
    try:
        source = work.file.storage.open(work.file.name, "rb")
    except (FileNotFoundError, ValueError) as error:
        raise FileGone from error
    with source:
        yield source
