"""Files that a kill in the middle must not leave half written."""

import os
from pathlib import Path


def write_private(path: Path, content: str | bytes) -> None:
    """Replaces `path` as a whole, readable by its owner only."""
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
