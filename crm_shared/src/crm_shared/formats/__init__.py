"""settings.FORMAT_MODULE_PATH: how pages write dates; Django's own pt-BR spells the month out in every column of a list."""
