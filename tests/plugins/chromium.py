"""Finds the system's Chromium; the browser journeys use that one and download nothing."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HINT = "install Chromium (Debian: apt-get install chromium) or name the program in CRM_CHROMIUM"


def find() -> str | None:
    """The path of a Chromium: CRM_CHROMIUM, the PATH, or Chrome on a Mac; None when there is none."""
    named = os.environ.get("CRM_CHROMIUM")
    if named:
        return shutil.which(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(ON_A_MAC) if ON_A_MAC.exists() else None)
