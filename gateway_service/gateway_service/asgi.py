import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway_service.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402

from gateway import slow_heads  # noqa: E402
from gateway.application import GatewayApplication  # noqa: E402  (needs the settings)

slow_heads.cut_off(settings.HEAD_TIMEOUT)
application = GatewayApplication(django_application)
