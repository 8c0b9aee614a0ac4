from crm_shared.base_settings import *
from crm_shared.env import mongo_database

SERVICE = "comunicacao"
ROOT_URLCONF = "comunicacao_service.urls"
WSGI_APPLICATION = "comunicacao_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "comunicacao"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": mongo_database("COMUNICACAO_DATABASE_URL")}
PRIMARY_KEY_COLUMN = "_id"
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "comunicacao.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    "TITLE": "CRM: comunicação",
    "DESCRIPTION": "Canais, identidades, conversas e mensagens.",
    "ENUM_NAME_OVERRIDES": {
        "TipoCanalEnum": "comunicacao.models.Canal.Tipo",
        "TipoIdentidadeEnum": "comunicacao.models.Identidade.Tipo",
        "TipoMensagemEnum": "comunicacao.models.Mensagem.Tipo",
        "EstadoConversaEnum": "comunicacao.models.Conversa.Estado",
        "EstadoMensagemEnum": "comunicacao.models.Mensagem.Estado",
    },
}
EVENT_HANDLERS = "comunicacao.consumers.EVENT_HANDLERS"
PERIODIC_TASKS = {"comunicacao.tasks.reabrir_adiadas": 15}

refuse_bad_environment(SERVICE)
