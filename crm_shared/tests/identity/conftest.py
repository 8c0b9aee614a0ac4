import json
import os
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings

VECTORS = Path(__file__).resolve().parents[4] / "shared/data/domain_vectors/vectors.json"

# Only fields.py needs Django; where the run brings no settings of its own, the smallest will do.
if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
    settings.configure(INSTALLED_APPS=["rest_framework", "drf_spectacular"], USE_TZ=True)
    django.setup()


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """What three libraries say of the same inputs. They record; the tests decide."""
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} is not part of a clone")
    return json.loads(VECTORS.read_text(encoding="utf-8"))
