from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm_shared", "0009_preparo_de_campo")]

    operations = [migrations.AddIndex("referencia", models.Index(fields=["recurso", "nome"], name="referencia_por_nome"))]
