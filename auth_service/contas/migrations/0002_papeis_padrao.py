"""The default roles; run again, it adds only what is missing."""

from django.db import migrations

from contas.papeis_padrao import garantir


def criar(apps, schema_editor):
    garantir(apps.get_model("contas", "Papel"), apps.get_model("contas", "Permissao"))


class Migration(migrations.Migration):
    dependencies = [("contas", "0001_initial")]

    operations = [migrations.RunPython(criar, migrations.RunPython.noop)]
