from crm_shared.base_settings import *
from crm_shared.env import postgres_database

SERVICE = "empresas"
ROOT_URLCONF = "empresas_service.urls"
WSGI_APPLICATION = "empresas_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "empresas"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("EMPRESAS_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "empresas.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {**BASE_SPECTACULAR_SETTINGS, "TITLE": "CRM: empresas", "DESCRIPTION": "Empresas, seus endereços e seu grupo."}
EVENT_HANDLERS = "empresas.consumers.EVENT_HANDLERS"
IMPORTABLES = "empresas.importacao.IMPORTAVEIS"

refuse_bad_environment(SERVICE)
