"""A gateway as it is usually written: a DRF view and `requests`."""

import os

import requests
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

UPSTREAM = os.environ["UPSTREAM"]


class ProxyView(APIView):
    def get(self, request: Request, service: str, rest: str = "") -> HttpResponse:
        answer = requests.request(
            request.method or "GET",
            f"{UPSTREAM}/{service}{'/' + rest if rest else ''}",
            params=request.query_params,
            headers={"Authorization": request.headers["Authorization"]},
            data=request.body,
            timeout=30,
        )
        return HttpResponse(answer.content, status=answer.status_code, content_type=answer.headers["Content-Type"])
