"""The contract of If-Match, driven by the OpenAPI alone: who changes another field than others did is let through, who changes the
same one is told all three values.
"""

from collections.abc import Iterator
from typing import Any


class Merge:
    """Of the PATCH of one record at `address`; `properties` are those of the request's schema."""

    def __init__(self, client: Any, address: str, properties: dict[str, Any], *, with_past: bool) -> None:
        """Where nothing tells the past of a record, there is no telling who changed what, and whatever is stale is refused."""
        self.client, self.address, self.with_past = client, address, with_past
        self.fields = dict(self._usable(properties))

    def check(self) -> None:
        """Fails where a stale change is not merged, or not refused, as it must be."""
        names = list(self.fields)
        first, second = names[0], names[-1]
        read = self.client.get(self.address)
        tag, original = {"HTTP_IF_MATCH": read["ETag"]}, read.json()[first]
        mine, other = self.fields[first]
        assert self._patch(first, mine).status_code == 200, (self.address, first)
        refused = self._patch(first, other, **tag)
        assert refused.status_code == 412, (self.address, first, refused.content)
        if not self.with_past:
            return
        assert refused.json()["conflitos"] == [{"campo": first, "original": original, "atual": mine, "enviado": other}], self.address
        if second != first:
            merged = self._patch(second, self.fields[second][0], **tag)
            assert merged.status_code == 200, (self.address, second, merged.content)
            assert (merged.json()[first], merged.json()[second]) == (mine, self.fields[second][0]), self.address

    def _usable(self, properties: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
        """The fields that take any short text, and two values that differ from the present one."""
        record = self.client.get(self.address).json()
        for name, schema in properties.items():
            values = f"{record.get(name)} a"[:40], f"{record.get(name)} b"[:40]
            if schema.get("type") == "string" and isinstance(record.get(name), str) and self._takes(name, values):
                yield name, values

    def _takes(self, name: str, values: tuple[str, str]) -> bool:
        tried = [self.client.patch(f"{self.address}?simular=true", {name: value}) for value in values]
        return all(answer.status_code == 200 and answer.json()[name] == value for answer, value in zip(tried, values, strict=True))

    def _patch(self, name: str, value: str, **headers: str) -> Any:
        return self.client.patch(self.address, {name: value}, **headers)
