"""Where somebody is signed in, and how to end it."""

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession

from .models import User

# More than a person has; an older one is still ended with the others.
MOST_SHOWN = 50

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SignedIn:
    """One browser in which somebody is signed in. browser: "Firefox, Windows", "" when it does not say."""

    browser: str
    ip: str
    since: datetime
    is_current: bool


def sessions_of(user: User, *, current_key: str | None) -> list[SignedIn]:
    """The living sessions of user, the present one first, then the newest; at most MOST_SHOWN."""
    rows = UserSession.objects.filter(user=user).order_by("-created_at")[:MOST_SHOWN]
    living = [row for row in rows if not row.purge()]
    found = [
        SignedIn(browser_name(row.user_agent), row.ip, row.created_at, row.session_key == current_key) for row in living
    ]
    return sorted(found, key=lambda session: not session.is_current)


def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """Sign user out everywhere but in the session except_key; the number of sessions ended."""
    rows = list(UserSession.objects.filter(user=user).exclude(session_key=except_key or ""))
    for row in rows:
        row.end()
    return len(rows)


def browser_name(user_agent: str) -> str:
    """Browser and system in words, as far as the User-Agent header names well-known ones."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"{mark}[A-Za-z]*/", user_agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system)))
