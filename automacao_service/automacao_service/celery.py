"""`celery -A automacao_service worker` finds the app here."""

from crm_shared.jobs.app import celery_app

app = celery_app("automacao")
