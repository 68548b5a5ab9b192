"""All settings of the product, read strictly from the environment; refuses to start half-configured."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
DEVELOPMENT_KEY = "development-only-key-never-used-in-production"

env = environ.Env()
env.smart_cast = False
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env")


def switch(name: str, default: bool) -> bool:
    """A variable that is on or off; a word that says neither is a mistake and not "off"."""
    text = env.str(name, default="").strip().lower()
    if text and text not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not “{text}”.")
    return text in {"1", "true", "yes", "on"} if text else default


# --- what kind of installation this is ---------------------------------------------------------
PRODUCTION = switch("CRM_PRODUCTION", default=False)
DEBUG = switch("CRM_DEBUG", default=False)
SECRET_KEY = env.str("CRM_SECRET_KEY", default=DEVELOPMENT_KEY)
ALLOWED_HOSTS = env.list("CRM_ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CRM_TRUSTED_ORIGINS", default=[])
DATA_DIR = Path(env.str("CRM_DATA_DIR", default=str(VAR_DIR)))
SITE_URL = env.str("CRM_SITE_URL", default="http://localhost:8000").rstrip("/")


def refuse_half_configured() -> None:
    """Raise ImproperlyConfigured for what must never go into production, naming the variable to set."""
    problems = []
    if SECRET_KEY == DEVELOPMENT_KEY or len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        problems.append("CRM_SECRET_KEY must be a random text of at least 50 characters")
    if DEBUG:
        problems.append("CRM_DEBUG must be off")
    if not ALLOWED_HOSTS or any(host.strip() in {"*", "."} for host in ALLOWED_HOSTS):
        problems.append("CRM_ALLOWED_HOSTS must list the host names of this installation")
    if problems:
        raise ImproperlyConfigured("Not started in production: " + "; ".join(problems) + ".")


if PRODUCTION:
    refuse_half_configured()
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- rooms, from the foundation up -------------------------------------------------------------
ROOMS = [
    "core",
    "users",
    "setup_values",
    "activities",
    "duplicates",
    "accounts",
    "contacts",
    "opportunities",
    "leads",
    "workspace",
    "imports",
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "import_export",
    *ROOMS,
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "crm_project.logs.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.middleware.LanguageAndZoneMiddleware",
    "core.pages.middleware.SignInFirstMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.pages.middleware.HostileInputMiddleware",
    "core.pages.middleware.RefusedMethodMiddleware",
]
ROOT_URLCONF = "crm_project.urls"
WSGI_APPLICATION = "crm_project.wsgi.application"
ASGI_APPLICATION = "crm_project.asgi.application"

# --- the write door ----------------------------------------------------------------------------
# What later rooms add to every save: checks and consequences (same transaction), derived rows (in batches).
RECORD_RULES: list[str] = [
    "users.rules.TeamFollowsOwner",
    "setup_values.rules.CatalogRule",
    "setup_values.rules.GateRule",
    "contacts.person_accounts.PersonAccountRule",
    "contacts.rules.CrossReferenceRule",
    "contacts.rules.PrimaryContactRule",
    "contacts.rules.LinkOnTheSpot",
    "opportunities.rules.OpportunityRule",
    "leads.rules.LeadRule",
    "accounts.numbering.AccountNumbers",
    "accounts.hierarchy.NoLoopOfParents",
    "activities.deletion.ActivityDeletion",
    "accounts.deletion.AccountDeletion",
    "contacts.deletion.ContactDeletion",
    "opportunities.deletion.OpportunityDeletion",
    "leads.deletion.LeadDeletion",
    "opportunities.search.FollowAccountName",
]
RECORD_INDEXES: list[str] = ["core.records.search_text"]

# --- data --------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'crm.sqlite3'}")
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Four writers for five seconds: 146 lock errors with the defaults, none with WAL and IMMEDIATE.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-20000;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CRM_CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.str("CACHE_URL", default="")
if CACHE_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# The function that does the work of each kind of job; it takes a core.jobs.context.JobContext.
JOB_RUNNERS: dict[str, str] = {
    "trash_restore": "core.jobs.restoring.run_restoring",
    "import_check": "imports.run.run_check",
    "import": "imports.run.run_import",
    "accept_proposals": "contacts.accepting.run_acceptance",
    "undo_acceptance": "contacts.accepting.run_undo",
    "import_undo_check": "imports.undo.run_undo_check",
    "import_undo": "imports.undo.run_undo",
}
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
# The text of a form: the 2,000,000 characters that an import takes as pasted text, of any script, and its other fields.
DATA_UPLOAD_MAX_MEMORY_SIZE = 9_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# --- people ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["users.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "users.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "users.sign_in_forms.SignInForm",
    "reauthenticate": "users.sign_in_forms.ConfirmPasswordForm",
    "reset_password": "users.sign_in_forms.AskForLinkForm",
    "reset_password_from_key": "users.sign_in_forms.ChoosePasswordForm",
    "change_password": "users.sign_in_forms.ChangePasswordForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "users.invitations.SetPasswordTokens"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("CRM_TRUSTED_PROXIES", default=0)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- mail --------------------------------------------------------------------------------------
EMAIL_BACKEND = env.str(
    "CRM_EMAIL_BACKEND",
    default="django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION
    else "django.core.mail.backends.console.EmailBackend",
)
EMAIL_HOST = env.str("CRM_SMTP_HOST", default="localhost")
EMAIL_PORT = env.int("CRM_SMTP_PORT", default=25)
EMAIL_HOST_USER = env.str("CRM_SMTP_USER", default="")
EMAIL_HOST_PASSWORD = env.str("CRM_SMTP_PASSWORD", default="")
EMAIL_USE_TLS = switch("CRM_SMTP_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("CRM_FROM_EMAIL", default="crm@localhost")

# --- language, zone, money ---------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["crm_project.formats"]

# --- pages -------------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "workspace.navigation.frame",
            ],
            "libraries": {"look": "core.pages.templatetags.look"},
            "builtins": ["core.pages.templatetags.look"],
        },
    }
]
FORM_RENDERER = "core.pages.form_renderer.QuickRenderer"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
IMPORT_EXPORT_USE_TRANSACTIONS = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
# Production serves what `collectstatic` gathered, compressed and named by content; else the sources.
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- safety ------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.pages.errors.csrf_failure"
HTTPS = switch("CRM_HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and switch("CRM_REDIRECT_TO_HTTPS", default=True)
SECURE_HSTS_SECONDS = env.int("CRM_HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if switch("CRM_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- logs --------------------------------------------------------------------------------------
LOG_JSON = switch("CRM_LOG_JSON", default=PRODUCTION)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {"()": "crm_project.logs.formatter", "as_json": LOG_JSON},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": env.str("CRM_LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
