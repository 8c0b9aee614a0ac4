"""The Kubernetes example holds together: every object is valid, every service has all pieces, and names meet."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from repository import ROOT, SERVICES, name

FOLDER = ROOT / "deploy" / "kubernetes"
EXAMPLE = FOLDER / "overlays" / "example"
ENVIRONMENT = EXAMPLE / "environment"
VERSIONS = ("1.34", "1.37")  # the oldest that still gets fixes, and the newest whose schemas we have
PORTS = {"gateway": 3000} | {service: 3001 + number for number, service in enumerate(SERVICES[:-1])}
DRAIN, GRACEFUL = 10, 15  # seconds: DRAIN_SECONDS of the web pods, graceful_timeout of crm_shared.gunicorn_hooks

NAME, COMPONENT, PART_OF = (f"app.kubernetes.io/{word}" for word in ("name", "component", "part-of"))
Object = dict[str, Any]

# it reads a megabyte of definitions again for each object
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)


def files() -> list[Path]:
    return [path for path in sorted(FOLDER.rglob("*.yaml")) if path.name != "kustomization.yaml"]


def read(path: Path) -> list[Object]:
    return [item for item in yaml.safe_load_all(path.read_text()) if item]


@cache
def objects() -> list[Object]:
    return [item for path in files() for item in read(path)]


def of_kind(*kinds: str) -> list[Object]:
    return [item for item in objects() if item["kind"] in kinds]


def names_of(kind: str) -> set[str]:
    return {item["metadata"]["name"] for item in of_kind(kind)}


def pod_of(item: Object) -> Object:
    template: Object = item["spec"]["template"]
    return template


def container_of(item: Object) -> Object:
    (container,) = pod_of(item)["spec"]["containers"]
    assert isinstance(container, dict)
    return container


WORKLOADS = of_kind("Deployment", "Job")
DEPLOYMENTS = of_kind("Deployment")
by_name = pytest.mark.parametrize("item", WORKLOADS, ids=lambda item: item["metadata"]["name"])
by_deployment = pytest.mark.parametrize("item", DEPLOYMENTS, ids=lambda item: item["metadata"]["name"])

# --- valid, and listed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid(version: str) -> None:
    for path in files():
        for item in read(path):
            assert kubernetes_validate.validate(item, version, strict=True), name(path)


def kustomizations() -> list[Path]:
    return sorted(FOLDER.rglob("kustomization.yaml"))


@pytest.mark.parametrize("path", kustomizations(), ids=name)
def test_a_kustomization_lists_all_that_lies_beside_it_and_nothing_else(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    listed = {entry for part in ("resources", "components") for entry in document.get(part, [])}
    assert [entry for entry in listed if not (path.parent / entry).exists()] == []
    beside = {file.name for file in path.parent.glob("*.yaml")} - {"kustomization.yaml"}
    below = {other.parent.name for other in path.parent.glob("*/kustomization.yaml")}
    # what is applied by itself, before the rest; the network comes with the example's foundation
    assert (beside | below) - listed <= {"migrations", "network"}


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl não está instalado")
@pytest.mark.parametrize("overlay", ["", "migrations", "foundation"])
def test_the_example_renders_to_valid_objects(tmp_path: Path, overlay: str) -> None:
    shutil.copytree(FOLDER, tmp_path / "k")
    secrets = tmp_path / "k" / ENVIRONMENT.relative_to(FOLDER) / "secrets"
    for example in secrets.glob("*.example"):
        shutil.copy(example, example.with_suffix(""))
    for key in ("auth.pem", "automacao.pem", "automacao.pub.pem"):
        (secrets / key).touch()
    command = ["kubectl", "kustomize", str(tmp_path / "k" / "overlays" / "example" / overlay)]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = list(yaml.safe_load_all(rendered))
    for item in found:
        kubernetes_validate.validate(item, VERSIONS[-1], strict=True)
        assert item["kind"] == "Namespace" or item["metadata"]["namespace"] == "crm"
    assert not re.search(r"image: crm/\w+$", rendered, re.MULTILINE), "an image without a tag"


# --- all pieces -----------------------------------------------------------------------------------------------------

PIECES = {"web": {"Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"}, "eventos": {"Deployment", "PodDisruptionBudget"}}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_every_piece(service: str) -> None:
    found = {(item["kind"], item["metadata"]["name"]) for item in objects()}
    wanted = {(kind, f"{service}-web") for kind in PIECES["web"]} | {("Service", service)}
    if service != "gateway":
        wanted |= {(kind, f"{service}-eventos") for kind in PIECES["eventos"]} | {("Job", f"{service}-migrate")}
    if service == "automacao":
        wanted |= {(kind, "automacao-worker") for kind in PIECES["web"]}
    assert wanted - found == set()


def stock(item: Object, service: str) -> str:
    """Without what is a service's own: its name, its port, its keys."""
    bare = yaml.safe_load(yaml.safe_dump(item))
    pod = pod_of(bare)["spec"]
    pod["securityContext"].pop("fsGroup", None)
    shared = ("tmp", "arquivos")
    pod["volumes"] = [volume for volume in pod["volumes"] if volume["name"] in shared]
    container = pod["containers"][0]
    container["volumeMounts"] = [mount for mount in container["volumeMounts"] if mount["name"] in shared]
    container["env"] = [
        entry for entry in container.get("env", []) if not entry["name"].endswith(("_FILE", "_DIR")) or "METRICS" in entry["name"]
    ]
    container.pop("ports", None)
    return str(yaml.safe_dump(bare)).replace(service, "SERVICE")


@pytest.mark.parametrize("role", ["web", "eventos", "migrate"])
def test_the_services_are_alike(role: str) -> None:
    alike = {
        service: stock(item, service)
        for item in WORKLOADS
        for service in [item["metadata"]["name"].removesuffix(f"-{role}")]
        if item["metadata"]["name"] == f"{service}-{role}" and service != "gateway"
    }
    assert set(alike) == set(SERVICES) - {"gateway"}
    assert {service for service, text in alike.items() if text != alike["clientes"]} == set()


# --- names meet -----------------------------------------------------------------------------------------------------


@by_deployment
def test_a_deployment_selects_its_own_pods(item: Object) -> None:
    labels = pod_of(item)["metadata"]["labels"]
    assert item["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert item["metadata"]["name"] == f"{labels[NAME]}-{labels[COMPONENT]}"
    assert labels[PART_OF] == "crm"
    (spread,) = pod_of(item)["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"] == item["spec"]["selector"]
    assert container_of(item)["image"] == f"crm/{labels[NAME]}"


def test_selectors_of_services_and_budgets_find_one_deployment() -> None:
    pods = [pod_of(item)["metadata"]["labels"] for item in DEPLOYMENTS]
    for item in of_kind("Service", "PodDisruptionBudget"):
        selector = item["spec"]["selector"]
        selector = selector.get("matchLabels", selector)
        assert len([labels for labels in pods if selector.items() <= labels.items()]) == 1, item["metadata"]["name"]


def test_autoscalers_scale_what_sets_no_number_itself() -> None:
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in of_kind("HorizontalPodAutoscaler")}
    assert {item["metadata"]["name"] for item in DEPLOYMENTS if "replicas" not in item["spec"]} == scaled


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_the_others_look_for_it(service: str) -> None:
    port = PORTS[service]
    (web,) = [item for item in DEPLOYMENTS if item["metadata"]["name"] == f"{service}-web"]
    (found,) = [item for item in of_kind("Service") if item["metadata"]["name"] == service]
    assert {"name": "http", "containerPort": port} in container_of(web)["ports"]
    assert found["spec"]["ports"] == [{"name": "http", "port": port, "targetPort": "http"}]
    if service != "gateway":
        assert shared()[f"{service.upper()}_URL"] == f"http://{service}:{port}"


def test_only_the_gateway_is_open_to_the_world() -> None:
    (ingress,) = of_kind("Ingress")
    backends = [path["backend"]["service"]["name"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert backends == ["gateway"]
    assert {item["spec"].get("type", "ClusterIP") for item in of_kind("Service")} == {"ClusterIP"}


# --- probes and privileges ------------------------------------------------------------------------------------------


@by_deployment
def test_probes_ask_for_health_at_a_port_that_is_there(item: Object) -> None:
    container = container_of(item)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert {kind: probe["path"] for kind, probe in probes.items()} == {
        "startup": "/saude/vivo",
        "liveness": "/saude/vivo",
        "readiness": "/saude/pronto",
    }
    (asked,) = {probe["port"] for probe in probes.values()}
    assert asked in ports
    if "monitor" in ports:
        assert variables_of(container)["MONITOR_BIND"] == f"0.0.0.0:{ports['monitor']}"
    if asked == "http":  # Django refuses the pod's address as a Host
        hosts = {header["value"] for probe in probes.values() for header in probe["httpHeaders"] if header["name"] == "Host"}
        assert hosts <= set(shared()["ALLOWED_HOSTS"].split(","))


def test_files_lie_where_all_processes_of_a_service_see_them() -> None:
    """As in compose.yaml: what web stores, eventos reads and removes, on whatever node."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    wanted = {name for name, item in compose.items() for volume in item.get("volumes", []) if str(volume).endswith(":/arquivos")}
    claims = {item["metadata"]["name"]: item["spec"]["accessModes"] for item in of_kind("PersistentVolumeClaim")}
    found = set()
    for item in DEPLOYMENTS:
        service, role = (pod_of(item)["metadata"]["labels"][label] for label in (NAME, COMPONENT))
        mounts = [mount["name"] for mount in container_of(item)["volumeMounts"] if mount["mountPath"] == "/arquivos"]
        for volume in pod_of(item)["spec"]["volumes"]:
            if volume["name"] in mounts:
                assert volume["persistentVolumeClaim"] == {"claimName": f"{service}-arquivos"}
                assert claims[f"{service}-arquivos"] == ["ReadWriteMany"]
                assert pod_of(item)["spec"]["securityContext"]["fsGroup"] == pod_of(item)["spec"]["securityContext"]["runAsUser"]
                found.add(service if role == "web" else f"{service}-{role}")
    assert found == wanted


@by_name
def test_nothing_runs_with_more_rights_than_it_needs(item: Object) -> None:
    pod, container = pod_of(item)["spec"], container_of(item)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 1000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert container["securityContext"] == wanted
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]


@by_deployment
def test_a_pod_is_given_the_time_to_finish_what_it_has_in_hand(item: Object) -> None:
    drain = int(variables_of(container_of(item)).get("DRAIN_SECONDS", 0))
    assert drain == (DRAIN if item["metadata"]["name"].endswith("-web") else 0)
    assert pod_of(item)["spec"]["terminationGracePeriodSeconds"] >= drain + GRACEFUL + 5


# --- environment ----------------------------------------------------------------------------------------------------


def lines_of(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", path.read_text(), re.MULTILINE))


def shared() -> dict[str, str]:
    return lines_of(ENVIRONMENT / "crm.env")


def variables_of(container: Object) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container.get("env", [])}


def required(service: str) -> set[str]:
    """What the service's example has and configuration.md gives no default."""
    table = (ROOT / "docs" / "configuration.md").read_text()
    free = set(re.findall(r"^\| `([A-Z0-9_]+)` \| none \|", table, re.MULTILINE)) | set(
        re.findall(r"^\| `([A-Z0-9_]+_URL)` \| (?!off)", table, re.MULTILINE)
    )
    return free & lines_of(ROOT / f"{service}_service" / ".env.example").keys()


@by_name
def test_a_pod_is_told_all_that_it_must_know(item: Object) -> None:
    service = pod_of(item)["metadata"]["labels"][NAME]
    container = container_of(item)
    assert container["envFrom"] == [{"configMapRef": {"name": "crm"}}, {"secretRef": {"name": service}}]
    told = shared() | lines_of(ENVIRONMENT / "secrets" / f"{service}.env.example") | variables_of(container)
    assert required(service) - told.keys() == set()


def references() -> Iterator[str]:
    for item in WORKLOADS:
        for source in container_of(item)["envFrom"]:
            yield source.get("configMapRef", source.get("secretRef"))["name"]
        for volume in pod_of(item)["spec"]["volumes"]:
            if source := volume.get("secret") or volume.get("configMap"):
                yield source.get("secretName") or source["name"]


def test_the_example_makes_every_object_that_pods_refer_to() -> None:
    component = yaml.safe_load((ENVIRONMENT / "kustomization.yaml").read_text())
    generated = {entry["name"] for part in ("configMapGenerator", "secretGenerator") for entry in component[part]}
    assert set(references()) == generated
    assert {entry["name"] for entry in component["images"]} == {f"crm/{service}" for service in SERVICES}


def test_no_secret_lies_in_the_example() -> None:
    given = [lines_of(path) for path in (ENVIRONMENT / "secrets").glob("*.example")]
    assert {values["SECRET_KEY"] for values in given} == {""}
    passwords = {password for values in given for text in values.values() for password in re.findall(r"://[^:/]*:([^@]+)@", text)}
    assert passwords == {"senha"}


# --- network --------------------------------------------------------------------------------------------------------


def selects(selector: Object, labels: dict[str, str]) -> bool:
    for wanted in selector.get("matchExpressions", []):
        inside = labels.get(wanted["key"]) in wanted["values"]
        if inside != (wanted["operator"] == "In"):
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def allowed(source: Object, target: Object) -> bool:
    """Whether the policies let `source` speak to `target`: both sides must say so."""
    ends = (pod_of(source)["metadata"]["labels"], pod_of(target)["metadata"]["labels"])
    return _opens("egress", "to", ends) and _opens("ingress", "from", ends[::-1])


def _opens(direction: str, peers: str, ends: tuple[dict[str, str], dict[str, str]]) -> bool:
    own, other = ends
    return any(
        "podSelector" in peer and "namespaceSelector" not in peer and selects(peer["podSelector"], other)
        for policy in of_kind("NetworkPolicy")
        if selects(policy["spec"]["podSelector"], own)
        for rule in policy["spec"].get(direction, [])
        for peer in rule[peers]
    )


def test_who_may_speak_to_whom() -> None:
    deployments = {item["metadata"]["name"]: item for item in DEPLOYMENTS}
    webs = {f"{service}-web" for service in SERVICES}
    open_to = {source: {target for target in deployments if allowed(deployments[source], deployments[target])} for source in deployments}
    flows = webs - {"gateway-web"}
    for source, targets in open_to.items():
        if source == "gateway-web":
            assert targets == webs - {"gateway-web"}
        else:
            assert targets == (flows if source.startswith("automacao-") else {"auth-web"}), source


def test_the_gateway_reaches_no_store_but_the_bus() -> None:
    stores = [policy for policy in of_kind("NetworkPolicy") if policy["metadata"]["name"] in ("to-bus", "to-postgres", "to-mongo")]
    reaches = {
        item["metadata"]["name"]: {policy["metadata"]["name"] for policy in stores if selects(policy["spec"]["podSelector"], labels)}
        for item in WORKLOADS
        for labels in [pod_of(item)["metadata"]["labels"]]
    }
    assert reaches["gateway-web"] == {"to-bus"}
    assert reaches["comunicacao-web"] == {"to-bus", "to-mongo"}
    assert reaches["vendas-eventos"] == reaches["vendas-migrate"] == {"to-bus", "to-postgres"}


def test_what_no_policy_names_is_closed() -> None:
    (closed,) = [policy for policy in of_kind("NetworkPolicy") if policy["metadata"]["name"] == "deny-all"]
    assert closed["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
