from crm_shared.base_settings import *
from crm_shared.env import postgres_database

SERVICE = "clientes"
ROOT_URLCONF = "clientes_service.urls"
WSGI_APPLICATION = "clientes_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "clientes"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("CLIENTES_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "clientes.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    "TITLE": "CRM: clientes",
    "DESCRIPTION": "Pessoas, seus contatos, vínculos e leads.",
    "ENUM_NAME_OVERRIDES": {"OrigemEnum": "clientes.models.Origem.choices"},
}
EVENT_HANDLERS = "clientes.consumers.EVENT_HANDLERS"
IMPORTABLES = "clientes.importacao.IMPORTAVEIS"

refuse_bad_environment(SERVICE)
