"""Attachments in a bucket of S3 or of what speaks as it does, where ATTACHMENTS_BUCKET_URL names one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

_CLIENT = {
    "connect_timeout": 2,
    "read_timeout": 10,
    "retries": {"total_max_attempts": 2},
    "signature_version": "s3v4",
    "s3": {"addressing_style": "path"},  # the form that every server knows
    # so is a request without the checksums that only Amazon's servers are sure to take
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


@contextmanager
def _as_of_a_disk() -> Iterator[None]:
    """What a bucket fails with is an OSError, so that nobody else has to know which storage there is."""
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        raise OSError(str(error)) from error


class Bucket(S3Storage):
    """One thread and one part at a time: an upload must not take more memory than one on disk."""

    def __init__(self, **options: Any) -> None:
        transfer = TransferConfig(use_threads=False)
        super().__init__(client_config=Config(**_CLIENT), transfer_config=transfer, max_memory_size=1024 * 1024, **options)

    def _save(self, name: str, content: Any) -> str:
        with _as_of_a_disk():
            saved: str = super()._save(name, content)
            return saved

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _as_of_a_disk():
            file = super()._open(name, mode)
            file.seek(0)  # it comes now, where it can still be told that it does not
            return file

    def delete(self, name: str) -> None:
        with _as_of_a_disk():
            super().delete(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _as_of_a_disk():
            folders, files = super().listdir(name)
            return folders, files
