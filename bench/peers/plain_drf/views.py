"""The ModelViewSet of DRF's tutorial; `select_related`, without which it would make 50 queries more per page."""

from rest_framework import serializers, viewsets

from .models import Cliente


class ClienteSerializer(serializers.ModelSerializer):
    responsavel_id = serializers.UUIDField()
    responsavel_nome = serializers.CharField(source="responsavel.nome", read_only=True)
    equipe_id = serializers.UUIDField()
    equipe_nome = serializers.CharField(source="equipe.nome", read_only=True)

    class Meta:
        model = Cliente
        exclude = ("excluido_em", "responsavel", "equipe")


class ClienteViewSet(viewsets.ModelViewSet):
    queryset = Cliente.objects.filter(excluido_em__isnull=True).select_related("responsavel", "equipe").order_by("-id")
    serializer_class = ClienteSerializer
