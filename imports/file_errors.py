"""Why a file as a whole cannot be imported: one exception per reason, each with a message for the user."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class UnusableFile(Exception):
    """The file cannot be read as a table; `str()` is the translated message, `code` its constant name."""

    code = "unusable"
    text = _("This file cannot be read.")

    def __init__(self, **values: Any) -> None:
        super().__init__(self.code)
        self.values = values

    @property
    def message(self) -> str:
        """Return the message in the language that is active now."""
        return str(self.text) % self.values if self.values else str(self.text)

    def __str__(self) -> str:
        return self.message


class EmptyFile(UnusableFile):
    """The file holds nothing but blanks."""

    code = "empty"
    text = _("The file is empty.")


class TooManyBytes(UnusableFile):
    """The file is larger than `Limits.bytes`."""

    code = "too_many_bytes"
    text = _("The file has %(size)s MB; at most %(limit)s MB can be imported at once. Split it into parts.")


class TooManyRows(UnusableFile):
    """The table has more data rows than `Limits.rows`."""

    code = "too_many_rows"
    text = _("The file has more than %(limit)s rows. Split it into parts.")


class TooManyColumns(UnusableFile):
    """A record has more cells than `Limits.columns`."""

    code = "too_many_columns"
    text = _("Line %(line)s has %(count)s columns; at most %(limit)s are possible. Is the delimiter the right one?")


class CellTooLong(UnusableFile):
    """A cell has more characters than `Limits.cell_chars`."""

    code = "cell_too_long"
    text = _(
        "A cell of the record that begins in line %(line)s is longer than %(limit)s characters. "
        "Perhaps a quotation mark is missing there."
    )


class RecordTooLong(UnusableFile):
    """A line or record has more characters than `Limits.record_chars`."""

    code = "record_too_long"
    text = _(
        "The record that begins in line %(line)s is longer than %(limit)s characters. "
        "Perhaps a quotation mark is missing there, or the file is not a table."
    )


class TooManySheetColumns(TooManyColumns):
    """A row of a workbook has more cells than `Limits.columns`."""

    text = _("Row %(line)s has %(count)s columns; at most %(limit)s are possible. Delete those that are not needed.")


class SheetCellTooLong(CellTooLong):
    """A cell of a workbook has more characters than `Limits.cell_chars`."""

    text = _("A cell in row %(line)s is longer than %(limit)s characters. Shorten it.")


class SheetRowTooLong(RecordTooLong):
    """A row of a workbook has more characters than `Limits.record_chars`."""

    text = _("Row %(line)s is longer than %(limit)s characters. Shorten its texts.")


class TooManyOpenQuotes(UnusableFile):
    """So many quotation marks are never closed that the rows cannot be told apart."""

    code = "open_quotes"
    text = _("From line %(line)s on, quotation marks are opened and never closed; the rows cannot be told apart.")


class WrongEncoding(UnusableFile):
    """The bytes are not text in the encoding that the file announces or the user chose."""

    code = "wrong_encoding"
    text = _("The file is not valid text in the encoding %(encoding)s. Choose another encoding.")


class UnknownEncoding(UnusableFile):
    """The user chose an encoding that is not offered."""

    code = "unknown_encoding"
    text = _("The encoding %(encoding)s is not known.")


class NotText(UnusableFile):
    """The content is binary and of no known kind."""

    code = "not_text"
    text = _("The file is not text: it seems to be a program, a picture or a damaged file.")


class DamagedFile(UnusableFile):
    """A workbook or archive that is cut off, or damaged in another way."""

    code = "damaged"
    text = _("The file is damaged or incomplete. Open it in the program that wrote it and save it again.")


class PasswordProtected(UnusableFile):
    """A workbook or archive that opens with a password."""

    code = "password"
    text = _("The file is protected by a password. Save it without one and choose it again.")


class TooMuchUnpacked(UnusableFile):
    """An archive or workbook that is small only because it is packed."""

    code = "too_much_unpacked"
    text = _(
        "Unpacked, the file has %(size)s MB; at most %(limit)s MB can be read. "
        "Save the sheet as CSV, or split it into parts."
    )


class TooManyCardsUnpacked(TooMuchUnpacked):
    """A compressed folder of vCards that is small only because it is packed."""

    text = _("Unpacked, the vCards have %(size)s MB; at most %(limit)s MB can be read. Split the folder into parts.")


class TooManyEntries(UnusableFile):
    """An archive that holds more files than are read."""

    code = "too_many_entries"
    text = _("The compressed file holds more than %(limit)s files. Split it into parts.")


class WorkbookTooLarge(UnusableFile):
    """A sheet with more cells than memory and time allow."""

    code = "workbook_too_large"
    text = _(
        "The sheet has too many cells to be read. Delete empty rows and columns behind the table, or save it as CSV."
    )


class UnknownSheet(UnusableFile):
    """The user chose a sheet that the workbook does not have."""

    code = "unknown_sheet"
    text = _("The file has no sheet “%(sheet)s”.")


class NoSheet(UnusableFile):
    """A workbook of charts and macros alone."""

    code = "no_sheet"
    text = _("The workbook has no sheet with rows and columns.")


KIND_MESSAGES = {
    "vcard": _("This file holds vCards, not a table. To import them, choose Contacts."),
    "vcard-zip": _("This is a compressed folder of vCards, not a table. To import them, choose Contacts."),
    "ole": _("This is an old Office or Outlook file (.doc, .msg), not a table. Export the contacts as CSV or vCard."),
    "word": _("This is a Word document. Copy its table into a spreadsheet and save that."),
    "numbers": _("This is a Numbers spreadsheet. In Numbers choose File, Export To, Excel or CSV."),
    "excel-xml": _("This is an Excel file in the XML format of 2003. Open it in Excel and save it as .xlsx."),
    "7z": _("This file is compressed. Unpack it and choose the file inside."),
    "zip": _("This is a compressed folder. Unpack it and choose the file inside."),
    "gzip": _("This file is compressed. Unpack it and choose the file inside."),
    "pdf": _("This is a PDF document, not a table. Export the contacts as CSV or vCard."),
    "image": _("This is a picture, not a table."),
    "pst": _("This is an Outlook data file (.pst). In Outlook choose File, Open & Export, Export to a file, CSV."),
    "sqlite": _("This is a database file, not a table. Export the contacts as CSV or vCard."),
    "html": _(
        "This is a web page, even if its name says otherwise. Open it in a spreadsheet and save it as .xlsx or CSV."
    ),
    "xml": _("This is an XML file, not a table. Export the contacts as CSV or vCard."),
    "json": _("This is a JSON file, not a table. Export the contacts as CSV or vCard."),
    "rtf": _("This is a text document, not a table. Export the contacts as CSV or vCard."),
    "ical": _("This is a calendar file (iCalendar), not a table of contacts."),
    "ldif": _("This is an LDIF address book. In Thunderbird export it as comma separated values or vCard instead."),
}


class WrongKind(UnusableFile):
    """The content is no table; `kind` names what it is (a key of `KIND_MESSAGES`), for redirection."""

    code = "wrong_kind"

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    @property
    def message(self) -> str:
        """Return what the file is and what to do instead."""
        return str(KIND_MESSAGES[self.kind])
