"""JSON lines on standard output, each with service, level, time and trace id."""

import json
import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from .context import current
from .masking import masked, masked_member

__all__ = ["get_logger", "json_formatter", "logging_config", "masked"]


def _mask_values(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: masked_member(name, value) for name, value in line.items()}


def _trace(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = current()
    line.setdefault("rastro", context.rastro)
    if context.causa:
        line.setdefault("causa", context.causa)
    return line


def _dump(line: Mapping[str, Any], **_options: Any) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:  # half a surrogate pair, a number of more than 64 bits: what a client sent is no reason to lose the line
        return json.dumps(line, default=str)


def _formatter(service: str) -> dict[str, Any]:
    """Arguments of structlog's ProcessorFormatter."""

    def add_service(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["servico"] = service
        return line

    chain: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="hora"),
        add_service,
        _trace,
    ]
    return {
        "foreign_pre_chain": chain,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("mensagem"),
            structlog.processors.format_exc_info,
            _mask_values,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
    }


def json_formatter(service: str) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(**_formatter(service))


def logging_config(service: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: every library's records and ours leave through the same chain."""
    formatter = {"()": structlog.stdlib.ProcessorFormatter, **_formatter(service)}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"saida": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["saida"], "level": level},
        "loggers": {
            "django": {"level": level},
            # one line per request comes from RequestContextMiddleware, with the trace; these two would double it
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "CRITICAL"},
        },
    }


def get_logger(name: str) -> logging.Logger:
    return logging.getLogger(name)
