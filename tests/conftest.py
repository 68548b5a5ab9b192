"""What every test stands on: quick password hashing, a cache of its own, and the personas."""

import os
from collections.abc import Callable, Iterator

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import override_settings

from core.jobs.background import new_worker
from tests import make
from tests.plugins import prepared
from users.models import User

if os.environ.get("CRM_TEST_STRICT") == "1":
    # Continuous integration tries the same examples for the same code; at the desk each run tries others.
    hypothesis.settings.load_profile("ci")

LOCAL_CACHE = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASE_CACHE = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """What a test may have cheaper than production; all other settings are the product's."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        CACHES=LOCAL_CACHE,
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        # That of the users whom make.py makes: "today" is one day in a test and on the page, at any hour.
        TIME_ZONE="Europe/Madrid",
    ):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, worker_id: str) -> None:
    """SQLite tests use a file: write-ahead log and immediate transactions behave as in production."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(settings.DATA_DIR / f"test-{worker_id}.sqlite3")
    elif not database["TEST"]["NAME"]:
        database["TEST"]["NAME"] = "test_crm"


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_createdb: bool, django_db_modify_db_settings: None) -> bool:
    """Begin with the kept copy of the migrated database when there is one; see tests/plugins/prepared.py."""
    return django_db_keepdb or (not django_db_createdb and prepared.place(settings.DATABASES["default"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool, django_db_blocker) -> None:
    """Add the cache table, which a test of rate limits needs, and keep a copy of what took so long to make."""
    with django_db_blocker.unblock(), override_settings(CACHES=DATABASE_CACHE):
        call_command("createcachetable", verbosity=0)
    if not django_db_keepdb:
        prepared.keep(settings.DATABASES["default"])


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """No test sees what another one has cached."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def database_cache(db: None) -> Iterator[None]:
    """The cache of production, shared by all processes: for tests that count attempts."""
    with override_settings(CACHES=DATABASE_CACHE):
        cache.clear()
        yield
        cache.clear()


@pytest.fixture
def admin(db: None) -> User:
    """The administrator: everything, everywhere."""
    return make.user("administrator", name="Ada Admin")


@pytest.fixture
def manager(db: None) -> User:
    """A manager of team North, who sees and changes all records."""
    return make.user("manager", name="Marta Manager")


@pytest.fixture
def rep(db: None) -> User:
    """A sales representative of team North: the one whose records the tests are about."""
    return make.user("rep", name="Rosa Rep")


@pytest.fixture
def colleague(db: None) -> User:
    """Another representative of the same team."""
    return make.user("rep", name="Carla Colleague")


@pytest.fixture
def stranger(db: None) -> User:
    """A representative of team South, who sees nothing of team North."""
    return make.user("rep", name="Simon Stranger", team=make.team("South"))


@pytest.fixture
def read_only(db: None) -> User:
    """Somebody who sees everything and changes nothing."""
    return make.user("read-only", name="Rita Reader")


@pytest.fixture
def work(transactional_db: None) -> Callable[[], None]:
    """`work()` does all background work that is waiting, in this thread, as a worker would."""
    return lambda: new_worker(until_empty=True).run()
