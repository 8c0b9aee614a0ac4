from crm_shared.api.serializers import OWNER_FIELDS, RECORD_FIELDS, OwnedRecordSerializer
from crm_shared.extensions.serializers import EXTENSION_FIELDS, ExtensibleSerializer

from .models import Coisa


class CoisaSerializer(OwnedRecordSerializer, ExtensibleSerializer):
    class Meta:
        model = Coisa
        fields = (*RECORD_FIELDS, "nome", "prazo", "valor", *OWNER_FIELDS, *EXTENSION_FIELDS)
        read_only_fields = RECORD_FIELDS
