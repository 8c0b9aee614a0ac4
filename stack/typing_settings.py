"""Settings that only mypy's Django plugin loads: those of all services in one process, which nothing ever runs."""

import os
import sys
from importlib import import_module

from stack.config import from_environment
from stack.credentials import names
from stack.environment import contract

STACK = from_environment()
APPS: dict[str, None] = {}

for service in STACK.services:
    os.environ |= contract(STACK, dict.fromkeys(names(), "only-for-mypy-as-it-never-connects"), service)
    os.environ |= dict.fromkeys(("AUTH_SIGNING_KEY_FILE", "SERVICE_KEY_FILE"), __file__)  # any file that is there
    sys.path.append(str(STACK.folder(service)))

for service in STACK.services:
    module = import_module(f"{service}_service.settings")
    APPS |= dict.fromkeys(module.INSTALLED_APPS)
    globals().update({name: value for name, value in vars(module).items() if name.isupper() and name not in globals()})

# only PostgreSQL's types matter to the plugin, and it never connects
DATABASES: dict[str, object] = {}
INSTALLED_APPS = list(APPS)
