"""Settings that every service star-imports; lists and dicts that a service extends carry the prefix BASE_.

A service's own module states its SERVICE name and what differs, and ends with `refuse_bad_environment(SERVICE)`.
Environments differ by variables, never by module: every variable is explained in .env.example.
"""

import logging
from typing import Any

from . import sentinel
from .env import env_address, env_bool, env_int, env_key, env_list, env_str, redis_url, refuse_bad_environment
from .observability.logs import logging_config

SECRET_KEY = env_key("SECRET_KEY")
DEBUG = env_bool("DEBUG")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost")

BASE_INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "crm_shared",
]
BASE_MIDDLEWARE = [
    "crm_shared.observability.middleware.RequestContextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
APPEND_SLASH = False  # both spellings are routed; a redirect would turn a POST into a GET

LANGUAGE_CODE = "pt-br"
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

AUTH_ISSUER = env_str("AUTH_ISSUER", "crm-auth")
AUTH_JWKS_URL = env_str("AUTH_JWKS_URL")
AUTH_LOCAL_JWKS = ""  # dotted path of a function that gives the JWKS, for auth, which need not ask itself over HTTP
BUS_URL = redis_url("BUS_URL")
# seconds; the timeout is longer than the consumers' blocking read
BUS_CONNECTIONS = {"socket_connect_timeout": 1, "socket_timeout": 10, "health_check_interval": 25}
CACHES = {"default": sentinel.cache(BUS_URL, BUS_CONNECTIONS)}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["crm_shared.auth.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["crm_shared.auth.permissions.HasScope"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PARSER_CLASSES": ["crm_shared.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["crm_shared.api.renderers.ORJSONRenderer", "crm_shared.api.renderers.BrowsableRenderer"],
    "DEFAULT_PAGINATION_CLASS": "crm_shared.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "crm_shared.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "crm_shared.api.exceptions.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
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
PERIODIC_TASKS: dict[str, int] = {}  # dotted path of a function -> seconds between runs, by `manage.py eventos`

# where a process without a web server tells its health and metrics (observability/monitor.py); off when not set
MONITOR_ADDRESS = env_address("MONITOR_BIND")


def logging_for(service: str) -> dict[str, Any]:
    logging.captureWarnings(True)  # Python's and the libraries' warnings are lines like all others
    return logging_config(service, env_str("LOG_LEVEL", "INFO"))


__all__ = [
    "ALLOWED_HOSTS",
    "APPEND_SLASH",
    "AUTH_ISSUER",
    "AUTH_JWKS_URL",
    "AUTH_LOCAL_JWKS",
    "BASE_INSTALLED_APPS",
    "BASE_MIDDLEWARE",
    "BASE_SPECTACULAR_SETTINGS",
    "BUS_URL",
    "CACHES",
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DEBUG",
    "DEFAULT_AUTO_FIELD",
    "EVENT_HANDLERS",
    "IDEMPOTENCY_HOURS",
    "JSON_BODY_MAX_BYTES",
    "LANGUAGE_CODE",
    "MONITOR_ADDRESS",
    "PERIODIC_TASKS",
    "PRIMARY_KEY_COLUMN",
    "REPORT_TIME_ZONE",
    "REST_FRAMEWORK",
    "SCHEMA_EXAMPLES",
    "SECRET_KEY",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "STATIC_URL",
    "TEMPLATES",
    "TIME_ZONE",
    "USE_TZ",
    "WHITENOISE_USE_FINDERS",
    "X_FRAME_OPTIONS",
    "logging_for",
    "refuse_bad_environment",
]
