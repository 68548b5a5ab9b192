"""Photos of contacts: which files count as one, how they are kept, and how they are sent to a browser."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.http import FileResponse, Http404
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from .vcard_values import picture_type

MAX_PHOTO = 5 * 1024 * 1024
# Pictures that every browser draws and that hold no script; SVG does.
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
_FIRST_BYTES = 32


class NotAPhoto(ValueError):
    """The bytes are no picture that is kept as a photo, or too many; the text says why."""


def photo_file(data: bytes) -> ContentFile:
    """The bytes as a file to put into Contact.photo, under a name of our own with the ending of its content.

    Raises NotAPhoto unless they are a JPEG, PNG, GIF or WebP of at most 5 MB; the name it had is not used.
    """
    refuse_large(len(data))
    ending = ENDINGS.get(picture_type(data[:_FIRST_BYTES]))
    if ending is None:
        raise NotAPhoto(_("This is no photo in the format JPEG, PNG, GIF or WebP."))
    return ContentFile(data, name=f"{uuid.uuid4().hex}.{ending}")


def refuse_large(size: int) -> None:
    """Raise NotAPhoto for more bytes than a photo may have."""
    if size > MAX_PHOTO:
        raise NotAPhoto(_("A photo may have at most %(size)s.") % {"size": filesizeformat(MAX_PHOTO)})


class PhotoInput(forms.ClearableFileInput):
    """Shows the present photo, takes a new one, or removes it. `src`: the address of the present one."""

    template_name = "contacts/_photo_input.html"
    src = ""

    def __init__(self, attrs=None):
        super().__init__({"class": "form-control", "accept": ",".join(ENDINGS), **(attrs or {})})

    def is_initial(self, value: Any) -> bool:
        return bool(value)

    def get_context(self, name, value, attrs):
        return {**super().get_context(name, value, attrs), "src": self.src}


class PhotoField(forms.FileField):
    """An uploaded photo, checked by what is in it; the answer is a file ready to be kept."""

    widget = PhotoInput

    def clean(self, data, initial=None):
        found = super().clean(data, initial)
        if not isinstance(found, File) or found is initial:
            return found
        try:
            refuse_large(found.size)
            return photo_file(found.read())
        except NotAPhoto as error:
            raise ValidationError(str(error), code="not_a_photo") from None


def send_photo(photo: Any) -> FileResponse:
    """The answer with a kept photo; Http404 when there is none, the file is gone, or it is no picture."""
    if not photo:
        raise Http404
    try:
        opened = photo.storage.open(photo.name)
    except OSError:
        raise Http404 from None
    kind = picture_type(opened.read(_FIRST_BYTES))
    if kind not in ENDINGS:
        opened.close()
        raise Http404
    opened.seek(0)
    response = FileResponse(opened, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Disposition"] = f'inline; filename="photo.{ENDINGS[kind]}"'
    return response
