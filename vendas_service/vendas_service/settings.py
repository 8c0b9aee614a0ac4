from crm_shared.base_settings import *
from crm_shared.env import postgres_database

SERVICE = "vendas"
ROOT_URLCONF = "vendas_service.urls"
WSGI_APPLICATION = "vendas_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "vendas"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("VENDAS_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "vendas.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    "TITLE": "CRM: vendas",
    "DESCRIPTION": "Funis, oportunidades, produtos e os relatórios do funil.",
    "ENUM_NAME_OVERRIDES": {
        # an open stage or deal, a won, a lost one: the same three words for both
        "StatusEnum": "vendas.models.Status.choices",
        "OrigemEnum": "vendas.models.Origem.choices",
    },
}
EVENT_HANDLERS = "vendas.consumers.EVENT_HANDLERS"
IMPORTABLES = "vendas.planilhas.IMPORTAVEIS"

refuse_bad_environment(SERVICE)
