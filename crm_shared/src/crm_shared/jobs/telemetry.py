"""What a worker says about each task: a log line, a count, a span."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter

from ..observability import tracing
from ..observability.logs import get_logger

JOBS = Counter("crm_jobs", "Tasks that a worker ended.", ["tarefa", "resultado"])

logger = get_logger("crm.tarefa")


@contextmanager
def telling_job(task: str) -> Iterator[None]:
    """What the work came to stands in its row; here `falhou` means that the task itself broke off."""
    started, resultado = time.perf_counter(), "falhou"
    try:
        with tracing.span(f"executar {task}", tracing.CONSUMER):
            yield
        resultado = "concluida"
    finally:
        JOBS.labels(task, resultado).inc()
        logger.info("tarefa", extra={"tarefa": task, "resultado": resultado, "ms": round((time.perf_counter() - started) * 1000, 1)})
