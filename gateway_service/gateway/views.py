"""Health and metrics of the gateway, and a summary of the services' health for people."""

import asyncio

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from crm_shared.api.problems import problem_response
from crm_shared.draining import draining
from crm_shared.observability.metrics import exposition, read_at_scrape
from gateway import wiring

SUMMARY_TIMEOUT = 1.0  # seconds for all services together, which are asked at the same time


async def vivo(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"estado": "vivo", "servico": settings.SERVICE})


async def pronto(_request: HttpRequest) -> HttpResponse:
    """The gateway has no store; what it cannot work without is what tells a good token from a bad one: keys and revocations."""
    if draining():
        return problem_response(503, "nao_pronto", "O gateway está encerrando.", {"Retry-After": "2"}, falhas=["encerrando"])
    keys, revocations = wiring.keys(), wiring.revocations()
    keys.start()
    revocations.start()
    missing = [name for name, there in (("chaves", keys.loaded), ("revogacoes", revocations.known)) if not there]
    if not missing:
        return JsonResponse({"estado": "pronto", "servico": settings.SERVICE})
    detail = "O que distingue um token bom de um ruim ainda não foi carregado."
    return problem_response(503, "nao_pronto", detail, {"Retry-After": "2"}, falhas=missing)


async def saude(_request: HttpRequest) -> HttpResponse:
    """Always 200: a summary for people and dashboards. Load balancers ask /saude/pronto."""
    names = list(settings.UPSTREAMS)
    ready = await asyncio.gather(*(_is_ready(name) for name in names))
    services = {name: "pronto" if ok else "indisponivel" for name, ok in zip(names, ready, strict=True)}
    breakers = {name: breaker.state.name.lower() for name, breaker in wiring.breakers().items()}
    return JsonResponse({"estado": "pronto" if all(ready) else "degradado", "servicos": services, "disjuntores": breakers})


async def metricas(request: HttpRequest) -> HttpResponse:
    """Only where MONITOR_BIND says: the other port is open to the world."""
    server = getattr(request, "scope", {}).get("server") or ("", 0)
    if settings.MONITOR_ADDRESS is None or server[1] != settings.MONITOR_ADDRESS[1]:
        raise Http404
    read_at_scrape(wiring.breaker_metrics())
    wiring.access().write()
    content_type, body = exposition()
    return HttpResponse(body, content_type=content_type)


async def _is_ready(name: str) -> bool:
    return await wiring.client().is_ready(settings.UPSTREAMS[name], "/saude/pronto", SUMMARY_TIMEOUT)
