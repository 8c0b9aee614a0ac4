from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("automacao", "0004_do_rastro")]

    operations = [
        migrations.AddIndex(
            "entregawebhook",
            models.Index(
                fields=["webhook", "registro_id"],
                name="entrega_do_registro",
                condition=models.Q(estado__in=["pendente", "enviando"]),
            ),
        ),
    ]
