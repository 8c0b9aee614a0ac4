import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway_service.settings")
django_application = get_asgi_application()

from gateway.application import GatewayApplication  # noqa: E402  (needs the settings)

application = GatewayApplication(django_application)
