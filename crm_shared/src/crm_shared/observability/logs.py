"""JSON lines on standard output, each with service, level, time and trace id."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import structlog

from .context import current

# What must never reach a log, whoever wrote the line: bearer tokens, CPF, e-mail addresses, telephone numbers.
_SECRETS = [
    (re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), "[token]"),
    (re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"), "[cpf]"),
    (re.compile(r"[\w.+%-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"\+55\d{10,11}\b|\(\d{2}\)\s?9?\d{4}-?\d{4}\b"), "[telefone]"),
]


def masked(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _mask_values(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in line.items():
        if isinstance(value, str):
            line[key] = masked(value)
    return line


def _trace(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = current()
    line.setdefault("rastro", context.rastro)
    if context.causa:
        line.setdefault("causa", context.causa)
    return line


def _dump(line: Mapping[str, Any], **_options: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def logging_config(service: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: every library's records and ours leave through the same chain."""

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
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": chain,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("mensagem"),
            structlog.processors.format_exc_info,
            _mask_values,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
    }
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
