"""The example service on MongoDB: `pytest --ds=projeto.settings_mongo` tries the same behaviour on the other store."""

from crm_shared.env import mongo_database

from .settings import *

DATABASES = {"default": mongo_database("COMUNICACAO_DATABASE_URL") | {"TEST": {"NAME": "test_crm_shared"}}}
PRIMARY_KEY_COLUMN = "_id"
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"
MIGRATION_MODULES = {"exemplo": None}  # its migration is PostgreSQL's
