from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('crm_shared', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='evento',
            index=models.Index(fields=['rastro', 'id'], name='evento_do_rastro'),
        ),
    ]
