"""Settings that every service star-imports; lists and dicts that a service extends carry the prefix BASE_.

A service's own module states its SERVICE name and what differs, and ends with `refuse_bad_environment(SERVICE)`.
Environments differ by variables, never by module: every variable is explained in .env.example.
"""

import logging
import os
import tempfile
from typing import Any

from . import sentinel
from .env import bucket_storage, env_address, env_bool, env_int, env_key, env_list, env_str, redis_url, refuse_bad_environment
from .observability.logs import logging_config

SECRET_KEY = env_key("SECRET_KEY")
DEBUG = env_bool("DEBUG")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost")

BASE_INSTALLED_APPS = [
    "crm_shared",  # first, for its templates take the place of others'
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "crm_shared.admin.apps.ThemeConfig",
    "crm_shared.admin.apps.ThemeFiltersConfig",
    "crm_shared.admin.apps.AdminConfig",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
]
BASE_MIDDLEWARE = [
    "crm_shared.observability.middleware.RequestContextMiddleware",
    "crm_shared.api.language.language_middleware",
    "crm_shared.admin.middleware.AdminMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
APPEND_SLASH = False  # both spellings are routed; a redirect would turn a POST into a GET

LANGUAGE_CODE = "pt-br"
FORMAT_MODULE_PATH = "crm_shared.formats"
TIME_ZONE = "UTC"
USE_TZ = True
REPORT_TIME_ZONE = "America/Sao_Paulo"  # how reports group instants into days, months and quarters

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PRIMARY_KEY_COLUMN: str | None = None  # Django's own choice; on MongoDB "_id", the only key that it looks up without more ado

JSON_BODY_MAX_BYTES = env_int("JSON_BODY_MAX_BYTES", 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = JSON_BODY_MAX_BYTES + 1  # our parser's own limit answers first, with a problem document

# Files of people: uploads and exports. One folder per service, which its web and its events process share (docs/import.md).
FILES_DIR = env_str("FILES_DIR", os.path.join(tempfile.gettempdir(), "crm-arquivos"))
STORAGES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES_DIR, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STORAGES["anexos"] = bucket_storage("ATTACHMENTS_BUCKET_URL") or STORAGES["default"]
ATTACHMENT_MAX_BYTES = env_int("ATTACHMENT_MAX_BYTES", 25 * 1024 * 1024)
ATTACHMENTS_PER_RECORD = env_int("ATTACHMENTS_PER_RECORD", 200)

AUTH_ISSUER = env_str("AUTH_ISSUER", "crm-auth")
AUTH_JWKS_URL = env_str("AUTH_JWKS_URL")
AUTH_LOCAL_JWKS = ""  # dotted path of a function that gives the JWKS, for auth, which need not ask itself over HTTP
AUTH_LOCAL_REVOCATIONS = ""  # dotted path of a function that gives the recent revocations, for auth, whose they are
BUS_URL = redis_url("BUS_URL")

# The admin (ADR 0019): people sign in at auth, sessions lie in Redis, nothing of Django's own has a table.
AUTH_URL = env_str("AUTH_URL", AUTH_JWKS_URL.partition("/auth/")[0])
ADMIN_ACCOUNTS = "crm_shared.admin.accounts.RemoteAccounts"
# Where people sign in with a browser: the admin takes their session over from there. Empty: it asks for the password itself.
GATEWAY_PUBLIC_URL = env_str("GATEWAY_PUBLIC_URL", "").rstrip("/")
DATABASE_ROUTERS = ["crm_shared.admin.router.NoTables"]
MIGRATION_MODULES: dict[str, str | None] = {"admin": None, "auth": None, "contenttypes": None}
SESSION_ENGINE = "crm_shared.admin.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds; as long as auth keeps an idle session
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Browsers take http://127.0.0.1 and http://localhost for secure; anything else has to be HTTPS.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "crm_shared.admin.pages.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "crm_shared.admin.site.title",
    "SITE_HEADER": "crm_shared.admin.site.title",
    "SITE_URL": "crm_shared.admin.site.api_root",
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/crm_shared/crm.svg"}],
    "STYLES": ["/static/crm_shared/admin.css"],
    "SCRIPTS": ["/static/crm_shared/admin.js"],
    "SIDEBAR": {"show_search": False},
}
# seconds; the timeout is longer than the consumers' blocking read
BUS_CONNECTIONS = {"socket_connect_timeout": 1, "socket_timeout": 10, "health_check_interval": 25}
CACHES = {"default": sentinel.cache(BUS_URL, BUS_CONNECTIONS)}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["crm_shared.admin.browsing.TokenOrBrowser"],
    "DEFAULT_PERMISSION_CLASSES": ["crm_shared.auth.permissions.HasScope"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["crm_shared.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["crm_shared.api.renderers.ORJSONRenderer", "crm_shared.api.pages.BrowsableRenderer"],
    "DEFAULT_PAGINATION_CLASS": "crm_shared.api.pagination.KeysetPagination",
    "DEFAULT_METADATA_CLASS": "crm_shared.api.metadata.Metadata",
    "DEFAULT_SCHEMA_CLASS": "crm_shared.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "crm_shared.api.exceptions.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "URL_FORMAT_OVERRIDE": None,
    "VIEW_NAME_FUNCTION": "crm_shared.api.pages.view_name",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer", "rest_framework.renderers.MultiPartRenderer"],
}
BASE_SPECTACULAR_SETTINGS: dict[str, Any] = {
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "crm_shared.api.schema.document.finish"],
}
SCHEMA_EXAMPLES = ""  # dotted path of a dict with the service's own example values (crm_shared.api.schema.examples)

IDEMPOTENCY_HOURS = 24  # how long a repeated Idempotency-Key answers with the first result

EVENT_HANDLERS = ""  # dotted path of the dict that maps event types to functions, e.g. "vendas.consumers.EVENT_HANDLERS"
ACTOR_NAMES = "crm_shared.records.references.names"  # dotted path of a function from the ids of people to their names
ACTOR_GONE = "crm_shared.records.references.gone"  # dotted path of a function: may the person of this id not work here any more?
OPERATIONS: dict[str, str] = {  # kind of operation -> dotted path of its class (crm_shared.operations.kinds.Kind)
    "lote": "crm_shared.api.bulk.kind.Lote",
    "campo_personalizado": "crm_shared.extensions.preparing.Preparar",
    "exportacao": "crm_shared.exports.kinds.Exportar",
    "importacao": "crm_shared.imports.kinds.Importar",
    "simulacao": "crm_shared.imports.kinds.Simulacao",
}
IMPORTABLES = ""  # dotted path of the dict of what can be imported (crm_shared.imports.declared.Importable)
IMPORT_MAX_BYTES = env_int("IMPORT_MAX_BYTES", 512 * 1024 * 1024)
OPERATIONS_RESOURCE = ""  # whose scopes guard operations and definitions (tags…); empty where it is named as the service
EVENT_LOOPS: dict[str, str] = {}  # name -> dotted path of a class; `manage.py eventos` repeats cls(lease).turn in a thread of its own
TRACED: list[str] = []  # dotted paths of functions: what a service adds to its part of a trace (crm_shared.api.traces)
PERIODIC_TASKS: dict[str, int] = {}  # dotted path of a function -> seconds between runs, by `manage.py eventos`

# where a process without a web server tells its health and metrics (observability/monitor.py); off when not set
MONITOR_ADDRESS = env_address("MONITOR_BIND")


def cookie_names(service: str) -> tuple[str, str]:
    """Of session and CSRF. Browsers keep one jar for all ports of a host, and let no other host set what begins with `__Host-`."""
    return f"__Host-sessao_{service}", f"__Host-csrf_{service}"


# prometheus_client goes by its mere presence, and would write its files into "" (observability/metrics.py)
if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def logging_for(service: str) -> dict[str, Any]:
    logging.captureWarnings(True)  # Python's and the libraries' warnings are lines like all others
    return logging_config(service, env_str("LOG_LEVEL", "INFO"))


__all__ = [
    "ACTOR_GONE",
    "ACTOR_NAMES",
    "ADMIN_ACCOUNTS",
    "ALLOWED_HOSTS",
    "APPEND_SLASH",
    "ATTACHMENTS_PER_RECORD",
    "ATTACHMENT_MAX_BYTES",
    "AUTH_ISSUER",
    "AUTH_JWKS_URL",
    "AUTH_LOCAL_JWKS",
    "AUTH_LOCAL_REVOCATIONS",
    "AUTH_URL",
    "BASE_INSTALLED_APPS",
    "BASE_MIDDLEWARE",
    "BASE_SPECTACULAR_SETTINGS",
    "BUS_URL",
    "CACHES",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_SECURE",
    "CSRF_FAILURE_VIEW",
    "DATABASE_ROUTERS",
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DEBUG",
    "DEFAULT_AUTO_FIELD",
    "EVENT_HANDLERS",
    "EVENT_LOOPS",
    "FILES_DIR",
    "FORMAT_MODULE_PATH",
    "GATEWAY_PUBLIC_URL",
    "IDEMPOTENCY_HOURS",
    "IMPORTABLES",
    "IMPORT_MAX_BYTES",
    "JSON_BODY_MAX_BYTES",
    "LANGUAGE_CODE",
    "MESSAGE_STORAGE",
    "MIGRATION_MODULES",
    "MONITOR_ADDRESS",
    "OPERATIONS",
    "OPERATIONS_RESOURCE",
    "PERIODIC_TASKS",
    "PRIMARY_KEY_COLUMN",
    "REPORT_TIME_ZONE",
    "REST_FRAMEWORK",
    "SCHEMA_EXAMPLES",
    "SECRET_KEY",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SESSION_COOKIE_AGE",
    "SESSION_COOKIE_SECURE",
    "SESSION_ENGINE",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    "STATIC_URL",
    "STORAGES",
    "TEMPLATES",
    "TIME_ZONE",
    "TRACED",
    "UNFOLD",
    "USE_TZ",
    "WHITENOISE_USE_FINDERS",
    "X_FRAME_OPTIONS",
    "cookie_names",
    "logging_for",
    "refuse_bad_environment",
]
