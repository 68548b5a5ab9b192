"""Small vCard files for tests, and what reading them gives."""

from contacts.vcard import DEFAULT_LIMITS, Card, Limits, read_cards


def vcard(*lines: str | bytes, version: str = "3.0", end: bytes = b"\r\n") -> bytes:
    """The bytes of one card with these lines between VERSION and END."""
    encoded = (line if isinstance(line, bytes) else line.encode() for line in lines)
    return end.join([b"BEGIN:VCARD", b"VERSION:" + version.encode(), *encoded, b"END:VCARD", b""])


def read_all(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Card]:
    return list(read_cards(data, limits=limits))


def read(*lines: str | bytes, version: str = "3.0", limits: Limits = DEFAULT_LIMITS) -> Card:
    """The one card of a file with these lines."""
    [card] = read_all(vcard(*lines, version=version), limits)
    return card


def names(cards: list[Card]) -> list[str]:
    return [card.display_name for card in cards]


def codes(card: Card) -> list[str]:
    return [problem.code for problem in card.problems]
