"""What the readers of the environment refuse. tests/test_start.py sees whole processes end by it."""

import pytest

from crm_shared import env

GOOD = "k3jd8sj2ksl4"  # as short as a password may be
HOST = "servidor:6379"

READERS = {
    "A_KEY": env.env_key,
    "A_REDIS_URL": env.redis_url,
    "A_DATABASE_URL": env.postgres_database,
    "A_MONGO_URL": env.mongo_database,
    "A_FLAG": env.env_bool,
    "A_NUMBER": lambda name: env.env_int(name, 7),
    "A_KEY_FILE": env.env_key_file,
    "A_RATE": lambda name: env.env_rate(name, "6000/60"),
    "SOME_NETWORKS": env.env_networks,
}


@pytest.fixture(autouse=True)
def refused(monkeypatch):
    found = {}
    monkeypatch.setattr(env, "_refused", found)
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("A_KEY", "kJ3-x_9vQ2mZ7rT5wY8nB4cL6dF1gH0s"),
        ("A_REDIS_URL", f"redis://:{GOOD}@{HOST}/0"),
        ("A_REDIS_URL", f"rediss://quem:{GOOD}@{HOST}/0"),
        ("A_REDIS_URL", f"redis+sentinel://:{GOOD}@um:26379,dois/0?service_name=crm"),
        ("A_DATABASE_URL", f"postgres://papel:{GOOD}@servidor/banco?sslmode=require"),
        ("A_DATABASE_URL", "postgres://papel:%40%2Fk3jd8sj2ksl4@servidor/banco"),
        ("A_MONGO_URL", f"mongodb://quem:{GOOD}@um:27017,dois:27017/banco?replicaSet=rs0"),
        ("A_FLAG", "True"),
        ("A_NUMBER", "12"),
        ("A_KEY_FILE", __file__),
        ("A_RATE", "1/1"),
        ("A_RATE", "999999999/86400"),
        ("A_RATE", "0"),
        ("A_RATE", ""),
        ("SOME_NETWORKS", "10.0.0.0/8, 192.168.1.7,fd00::/8"),
        ("SOME_NETWORKS", ""),
    ],
)
def test_good_values_are_taken(monkeypatch, refused, name, value):
    monkeypatch.setenv(name, value)
    READERS[name](name)
    assert refused == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("A_KEY", key)
            for key in ("", "curta", "change-me", "django-insecure-" + "x1y2" * 10, "troque-isto-por-algo-ao-acaso-com-32", "ab" * 20)
        ),
        *(("A_DATABASE_URL", f"postgres://papel:{word}@servidor/banco") for word in ("", "papel", "PW", "senha", "postgres", "a" * 16)),
        *(
            ("A_DATABASE_URL", url)
            for url in ("", "postgres://papel@servidor/banco", f"postgres://papel:{GOOD}@servidor", "sqlite:///banco")
        ),
        *(
            ("A_DATABASE_URL", url)
            for url in ("postgres://[", f"postgres://papel:{GOOD}@servidor:porta/banco", f"postgres://:{GOOD}@/banco")
        ),
        *(("A_REDIS_URL", url) for url in (f"redis://{HOST}/0", f"redis://:{'changeme' * 2}@{HOST}/0", f"http://:{GOOD}@{HOST}")),
        *(
            ("A_REDIS_URL", f"redis+sentinel://{rest}")
            for rest in (f":{GOOD}@um,dois/0", f":{GOOD}@um:a/0?service_name=x", "um/0?service_name=x")
        ),
        *(("A_MONGO_URL", url) for url in ("mongodb://um,dois/banco", f"mongodb://quem:{GOOD}@um/", f"redis://:{GOOD}@{HOST}/0")),
        ("A_FLAG", "talvez"),
        ("A_NUMBER", "1MB"),
        ("A_KEY_FILE", "/nao/existe.pem"),
        ("A_KEY_FILE", "/dev/null"),
        *(
            ("A_RATE", text)
            for text in ("7000", "muitas", "6000/0", "0/70", "-1/60", "6000/60s", "1e3/60", "6000/100000", "٦/60", "6 / 60")
        ),
        *(("SOME_NETWORKS", text) for text in ("10.0.0.1/8", "10.0.0.0/33", "proxy", "10.0.0.0/8;192.168.0.0/16")),
    ],
)
def test_missing_weak_and_nonsensical_values_are_refused_by_name(monkeypatch, refused, name, value):
    monkeypatch.setenv(name, value)
    READERS[name](name)
    assert list(refused) == [name]
    assert value not in refused[name] or not value or value in ("curta", "senha"), "it may be a secret"


def test_a_secret_may_lie_in_a_file(monkeypatch, refused, tmp_path):
    (tmp_path / "chave").write_text("kJ3-x_9vQ2mZ7rT5wY8nB4cL6dF1gH0s\n")
    monkeypatch.setenv("A_KEY_FILE", str(tmp_path / "chave"))
    assert (env.env_key("A_KEY"), refused) == ("kJ3-x_9vQ2mZ7rT5wY8nB4cL6dF1gH0s", {})


def test_all_that_was_refused_ends_the_process_in_one_line(monkeypatch, capsys):
    for name in ("A_KEY", "A_FLAG", "A_REDIS_URL"):
        monkeypatch.setenv(name, "talvez")
        READERS[name](name)
    with pytest.raises(SystemExit) as end:
        env.refuse_bad_environment("exemplo")
    output = capsys.readouterr().err
    assert end.value.code == 3  # gunicorn stops by it
    assert output.count("\n") == 1
    assert all(name in output for name in ("exemplo", "A_KEY ", "A_FLAG ", "A_REDIS_URL "))


def test_nothing_refused_goes_on():
    env.refuse_bad_environment("exemplo")
