"""The uploaded file of an import where it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from .file_errors import UnusableFile
from .models import Import


class FileGone(UnusableFile):
    """The uploaded file has been removed from the disk."""

    code = "file_gone"
    text = _("The uploaded file is not there any more. Upload it again.")


def keep_file(work: Import, source: File) -> None:
    """Save a new import with its file; when the import cannot be saved, no file stays that nobody would know of."""
    work.file.save("", source, save=False)
    try:
        work.size = work.file.size
        work.save()
    except BaseException:
        work.file.delete(save=False)
        raise


@contextmanager
def stored_file(work: Import) -> Iterator[BinaryIO]:
    """The file of an import, open for reading; raises FileGone."""
    try:
        source = work.file.storage.open(work.file.name, "rb")
    except (FileNotFoundError, ValueError) as error:
        raise FileGone from error
    with source:
        yield source
