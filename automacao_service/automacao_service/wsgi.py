import os

from crm_shared.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automacao_service.settings")

application = get_wsgi_application()
