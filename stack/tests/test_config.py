from pathlib import Path

import pytest

from stack import config
from stack.config import Settings
from stack.errors import StackError


def test_defaults_to_var_in_the_repository_and_port_3000(tmp_path: Path) -> None:
    settings = config.from_environment({}, root=tmp_path)
    assert (settings.var, settings.port_base) == (tmp_path / "var", 3000)


def test_a_stack_keeps_the_ports_that_it_was_started_with(tmp_path: Path) -> None:
    started = config.from_environment({"CRM_PORT_BASE": "4000", "CRM_VAR": str(tmp_path)})
    config.record_port_base(started)
    assert config.from_environment({"CRM_VAR": str(tmp_path)}).port_base == 4000


@pytest.mark.parametrize("text", ["abc", "80", "70000", "-1", "4000.5"])
def test_refuses_a_port_base_that_cannot_be(text: str) -> None:
    with pytest.raises(StackError, match="CRM_PORT_BASE"):
        config.from_environment({"CRM_PORT_BASE": text})


def test_two_stacks_share_no_port() -> None:
    first, second = (Settings(root=Path(), var=Path(), port_base=base) for base in (3000, 4000))
    assert not {first.port(name) for name in config.PORT_OFFSETS} & {second.port(name) for name in config.PORT_OFFSETS}


def test_finds_the_services_that_are_there(settings: Settings) -> None:
    assert settings.services == ["clientes"]


def test_the_socket_fits_the_kernels_limit_however_deep_the_folder_lies(tmp_path: Path) -> None:
    deep = Settings(root=tmp_path, var=tmp_path / ("pasta-" * 20) / "var", port_base=3000)
    assert len(str(deep.socket)) < 100
    assert deep.socket != Settings(root=tmp_path, var=tmp_path / ("pasta-" * 21), port_base=3000).socket
