"""What Prometheus is told of deliveries."""

from prometheus_client import Counter, Histogram

from crm_shared.observability.metrics import BUCKETS

ATTEMPTS = Counter("crm_webhook_attempts", "Attempts at delivering webhooks, by what came of them.", ["resultado"])
SECONDS = Histogram("crm_webhook_attempt_seconds", "One attempt, from the lookup of its name to the end of the answer.", buckets=BUCKETS)
DISABLED = Counter("crm_webhooks_disabled", "Subscriptions that the system switched off.", ["motivo"])
