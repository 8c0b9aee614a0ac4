"""What other services' events change here: the names of owners and teams that lists show."""

from crm_shared.events.consume import Handler
from crm_shared.records.handlers import PEOPLE_HANDLERS

EVENT_HANDLERS: dict[str, Handler] = {**PEOPLE_HANDLERS}
