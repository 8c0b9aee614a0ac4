from contas.correio.ajustes import mail_settings
from crm_shared.base_settings import *
from crm_shared.env import env_key_file, env_list, env_str, postgres_database

SERVICE = "auth"
OPERATIONS_RESOURCE = "usuarios"
ROOT_URLCONF = "auth_service.urls"
WSGI_APPLICATION = "auth_service.wsgi.application"
INSTALLED_APPS = [*BASE_INSTALLED_APPS, "contas"]
MIDDLEWARE = BASE_MIDDLEWARE
DATABASES = {"default": postgres_database("AUTH_DATABASE_URL")}
LOGGING = logging_for(SERVICE)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = cookie_names(SERVICE)
SCHEMA_EXAMPLES = "contas.exemplos.EXEMPLOS"
SPECTACULAR_SETTINGS = {
    **BASE_SPECTACULAR_SETTINGS,
    "TITLE": "CRM: auth",
    "DESCRIPTION": "Sessões, usuários, equipes e papéis.",
    "ENUM_NAME_OVERRIDES": {
        "VisibilidadeEnum": "contas.models.Visibilidade.choices",
        "NivelDeCampoEnum": "crm_shared.auth.restrictable.NIVEIS_DE_CAMPO",
        "RecursoComRegrasEnum": "crm_shared.auth.restrictable.RESOURCES",
        "RecursoEnum": "crm_shared.auth.scopes.RECURSOS",
    },
}
PERIODIC_TASKS = {"contas.tasks.esquecer_antigos": 3600}

AUTH_USER_MODEL = "contas.Usuario"
AUTHENTICATION_BACKENDS: list[str] = []  # people sign in through contas.sessoes alone
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # an e-mail is unique among the users that are not deleted, which Django cannot see
globals().update(mail_settings("EMAIL_URL"))  # EMAIL_BACKEND and what it needs; MAIL_ENABLED
DEFAULT_FROM_EMAIL = env_str("EMAIL_FROM", "crm@localhost")
FRONTEND_URL = env_str("FRONTEND_URL", "") or GATEWAY_PUBLIC_URL  # where links in mail lead

PASSWORD_HASHERS = ["contas.senhas.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "contas.senhas.VarianteDeVazada"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("nome", "email")},
    },
]

AUTH_LOCAL_JWKS = "contas.keys.jwks"
AUTH_LOCAL_REVOCATIONS = "contas.revogacoes.recentes"
EVENT_LOOPS = {"correio": "contas.correio.envio.Envio", "revogacoes": "contas.revogacoes.Publicador"}
ADMIN_ACCOUNTS = "contas.administracao.ContasLocais"
AUTH_SIGNING_KEY_FILE = env_key_file("AUTH_SIGNING_KEY_FILE")
AUTH_SIGNING_KEYS_DIR = env_str("AUTH_SIGNING_KEYS_DIR", "")  # the ring that `manage.py chaves` turns
AUTH_PUBLISHED_KEYS_DIR = env_str("AUTH_PUBLISHED_KEYS_DIR", "")  # *.pub.pem of the next and of the retired signing keys
AUTH_SERVICE_KEYS_DIR = env_str("AUTH_SERVICE_KEYS_DIR", "")
# Whose X-Forwarded-For is believed, as networks.
TRUSTED_PROXIES = env_list("TRUSTED_PROXIES", "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7")
# SimpleJWT's own default would sign by HMAC with SECRET_KEY; contas.tokens brings its own backend, this one can sign nothing.
SIMPLE_JWT = {"ALGORITHM": "ES256", "SIGNING_KEY": None}

ACTOR_NAMES = "contas.selectors.nomes_de_usuarios"  # here people are records, not references
ACTOR_GONE = "contas.selectors.saiu"

refuse_bad_environment(SERVICE)
