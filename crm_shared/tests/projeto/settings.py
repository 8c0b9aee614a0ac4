"""A service as small as can be, on which the library's own behaviour is tried."""

from crm_shared.base_settings import *
from crm_shared.env import postgres_database

SERVICE = "exemplo"
ROOT_URLCONF = "projeto.urls"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "projeto.exemplo"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("CRM_SHARED_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SPECTACULAR_SETTINGS = {**BASE_SPECTACULAR_SETTINGS, "TITLE": "exemplo"}
EVENT_HANDLERS = "projeto.exemplo.consumers.EVENT_HANDLERS"
OPERATIONS = {**OPERATIONS, "contagem": "projeto.exemplo.operacoes.Contagem"}
OPERATIONS_RESOURCE = "empresas"
IMPORTABLES = "projeto.exemplo.importacao.IMPORTAVEIS"
