"""One process at a time: a row that its holder keeps renewing (works on both stores, survives a killed holder)."""

import os
import socket
import time
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.db.models import Q

from ..db import clock, insert_unless_there
from .models import Arrendamento


class Lease:
    """`hold()` answers whether this process holds the lease, taking or renewing it; a dead holder's runs out in `SECONDS`.

    The store's clock counts, for those of several machines differ. Two holders for a moment (a paused process that wakes)
    are harmless: messages may double, effects may not.
    """

    SECONDS = 3.0
    _RENEW_AFTER = 1.0

    def __init__(self, nome: str) -> None:
        self.nome = nome
        # names alone do not tell two containers apart: they may share the host's, and each has its process 1
        self.me = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
        self._renewed = float("-inf")

    def hold(self) -> bool:
        if time.monotonic() - self._renewed < self._RENEW_AFTER:
            return True
        held = self._take()
        if not held and not Arrendamento.objects.filter(pk=self.nome).exists():
            insert_unless_there(Arrendamento(nome=self.nome, ate=clock()))
            held = self._take()
        self._renewed = time.monotonic() if held else float("-inf")
        return held

    def _take(self) -> bool:
        now = clock()
        mine_or_free = Arrendamento.objects.filter(Q(dono=self.me) | Q(ate__lte=now), pk=self.nome)
        return mine_or_free.update(dono=self.me, ate=now + timedelta(seconds=self.SECONDS)) == 1

    def release(self) -> None:
        Arrendamento.objects.filter(pk=self.nome, dono=self.me).update(ate=clock())
        self._renewed = float("-inf")

    def remember(self, dados: dict[str, Any]) -> None:
        """Only the holder's word counts: one that was paused meanwhile knows what is no longer so."""
        Arrendamento.objects.filter(pk=self.nome, dono=self.me).update(dados=dados)

    def recall(self) -> dict[str, Any]:
        found: dict[str, Any] | None = Arrendamento.objects.filter(pk=self.nome).values_list("dados", flat=True).first()
        return found or {}
