"""gunicorn's own lines (start, stop, requests that were no HTTP) in the form of all others."""

import logging
import re
import sys
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from .logs import json_formatter


class ServerLogger(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        formatter = json_formatter(service_of(cfg))
        for handler in self.error_log.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(sys.stdout)
                handler.setFormatter(formatter)
                handler.addFilter(without_query)


def service_of(cfg: Any) -> str:
    """From the application's address, such as `clientes_service.wsgi:application`, which gunicorn takes as its name."""
    return str(cfg.default_proc_name).partition("_service")[0]


def without_query(record: logging.LogRecord) -> bool:
    """An error names the request by its address, whose query may hold anything that people look for."""
    record.msg, record.args = re.sub(r"\?\S*", "?...", record.getMessage()), ()
    return True
