"""`automacao:atribuir`, for the administrator's role of an installation that is there already."""

from importlib import import_module

from django.db import migrations

completar = import_module("contas.migrations.0003_o_administrador_pode_tudo").completar


class Migration(migrations.Migration):
    dependencies = [("contas", "0009_chaves_api")]

    operations = [migrations.RunPython(completar, migrations.RunPython.noop)]
