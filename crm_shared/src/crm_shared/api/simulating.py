"""The parameter `simular=true` of every write and the header of its answer."""

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

SIMULATED = "Simulado"  # in every answer to a write that was not to be done, also when it is an error
WRITES = ("post", "put", "patch", "delete")


def asks_to_simulate(request: Request) -> bool:
    """Raises ValidationError for anything but one `true` or `false`: who mistypes must not find the write done."""
    values = request.query_params.getlist("simular")
    if not values:
        return False
    if len(values) > 1 or values[0] not in ("true", "false"):
        raise ValidationError({"simular": [ErrorDetail("Use true ou false.", code="opcao_invalida")]})
    return values[0] == "true"


def refuse_to_simulate(request: Request) -> None:
    """For the few writes that cannot be taken back."""
    if "simular" in request.query_params:
        raise ValidationError({"simular": [ErrorDetail("Esta operação não pode ser simulada.", code="parametro_desconhecido")]})


def parameters_of_write(request: Request) -> dict[str, str]:
    """The query of a write that takes parameters of its own, without `simular`, which every write takes."""
    return {name: value for name, value in request.query_params.dict().items() if name != "simular"}
