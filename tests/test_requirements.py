"""The locked requirements satisfy what was asked for and are pinned by hash; needs no network."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>\S+)")
PAIRS = [("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")]


def asked(name: str) -> list[Requirement]:
    """The requirements of an .in file and of those that it includes."""
    found = []
    for line in (ROOT / name).read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            found += asked(line.removeprefix("-r ").strip())
        elif line:
            found.append(Requirement(line))
    return found


def locked(text: str) -> dict[str, tuple[str, int]]:
    """Name to (version, number of hashes) of every pin in the text of a locked file."""
    pins: dict[str, tuple[str, int]] = {}
    for entry in re.split(r"\n(?=\S)", text.replace("\\\n", " ")):
        match = PIN.match(entry)
        if match:
            pins[canonicalize_name(match["name"])] = (match["version"], entry.count("--hash=sha256:"))
    return pins


def unsatisfied(requirements: list[Requirement], pins: dict[str, tuple[str, int]]) -> list[str]:
    """Requirements without a pin, or whose pin does not fit."""
    return [
        str(requirement)
        for requirement in requirements
        if canonicalize_name(requirement.name) not in pins
        or not requirement.specifier.contains(pins[canonicalize_name(requirement.name)][0], prereleases=True)
    ]


@pytest.mark.parametrize(("source", "lock"), PAIRS)
def test_lock_satisfies_what_was_asked_for(source, lock):
    assert unsatisfied(asked(source), locked((ROOT / lock).read_text())) == []


@pytest.mark.parametrize("lock", [lock for _source, lock in PAIRS])
def test_every_pin_has_its_hashes(lock):
    pins = locked((ROOT / lock).read_text())

    assert len(pins) > 20
    assert [name for name, (_version, hashes) in pins.items() if not hashes] == []


def test_development_runs_the_versions_that_the_product_ships():
    product = locked((ROOT / "requirements.txt").read_text())
    development = locked((ROOT / "requirements-dev.txt").read_text())

    assert {name: development.get(name) for name in product} == product


def test_sees_a_missing_a_wrong_and_an_unhashed_pin():
    pins = locked("django==5.1.0 \\\n    --hash=sha256:00\nbabel==2.0\n    # via x\n")

    assert pins == {"django": ("5.1.0", 1), "babel": ("2.0", 0)}
    assert unsatisfied([Requirement("Django>=5.2"), Requirement("Babel"), Requirement("redis")], pins) == [
        "Django>=5.2",
        "redis",
    ]
