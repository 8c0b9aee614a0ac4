from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("automacao", "0003_webhooks")]

    operations = [
        migrations.AddIndex("execucao", models.Index(fields=["rastro"], name="execucao_do_rastro")),
        migrations.AddIndex("saga", models.Index(fields=["rastro"], name="saga_do_rastro")),
        migrations.AddIndex("entregawebhook", models.Index(fields=["rastro"], name="entrega_do_rastro")),
    ]
