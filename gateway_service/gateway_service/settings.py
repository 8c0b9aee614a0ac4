from crm_shared.base_settings import *
from crm_shared.env import env_int, env_list, env_networks, env_rate, env_str

SERVICE = "gateway"
ROOT_URLCONF = "gateway_service.urls"
ASGI_APPLICATION = "gateway_service.asgi.application"
WSGI_APPLICATION = "gateway_service.wsgi.application"

# Proxied requests never enter Django (gateway/application.py); what does are a few pages, without a store.
INSTALLED_APPS = ["gateway"]
MIDDLEWARE = ["gateway.browser.cookies.middleware", "django.middleware.csrf.CsrfViewMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES: dict[str, object] = {}

# Read by the scripts of our pages, which send it back as X-CSRFToken.
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "gateway.browser.views.expired"

LOGGING = logging_for(SERVICE)

UPSTREAMS = {
    name: env_str(f"{name.upper()}_URL").rstrip("/")
    for name in ("auth", "clientes", "empresas", "vendas", "comunicacao", "tarefas", "automacao")
}
CONNECT_TIMEOUT = 0.5  # seconds; every service is one hop away
READ_TIMEOUT = env_int("GATEWAY_READ_TIMEOUT", 30)  # seconds a service may stay silent
HEAD_TIMEOUT = env_int("GATEWAY_HEAD_TIMEOUT", 10)  # seconds for the head of a connection's first request
CLIENT_TIMEOUT = env_int("GATEWAY_CLIENT_TIMEOUT", 60)  # seconds a client may leave an answer unread
BREAKER_FAILURES = env_int("GATEWAY_BREAKER_FAILURES", 5)  # in a row, until a service is left alone for a while; 0: never
# Requests/seconds; 0: no limit. An address may be a whole office.
LIMIT_PERSON = env_rate("GATEWAY_LIMIT_PERSON", "6000/60")
LIMIT_ADDRESS = env_rate("GATEWAY_LIMIT_ADDRESS", "30000/60")
TRUSTED_PROXIES = env_networks("GATEWAY_TRUSTED_PROXIES")  # whose word on who the client is counts; nobody's otherwise
# What X-Forwarded-Proto tells the services. Not taken from the request: anybody can write that header.
PUBLIC_SCHEME = env_str("GATEWAY_PUBLIC_SCHEME", "http")
# Where people find each service's admin, to which the gateway takes them without a second password: clientes=https://…,vendas=https://…
ADMIN_URLS = {name: url.rstrip("/") for name, _, url in (item.partition("=") for item in env_list("GATEWAY_ADMIN_URLS", ""))}

refuse_bad_environment(SERVICE)
