"""An error of the service itself, as an answer."""

import asyncio

import httpx
import pytest

from serving.api import create_app


@pytest.fixture(scope="module")
def answers():
    """What a service without a state folder answers: a page that it has, and one it fails on."""

    async def send():
        transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/page/app.js"), await client.get("/codebook")

    return asyncio.run(send())


def test_it_is_told_without_a_traceback(answers):
    _, failed = answers
    assert failed.status_code == 500
    assert failed.json() == {
        "error": {
            "type": "internal",
            "message": "an error of the service itself (AttributeError); its log says more",
        }
    }


@pytest.mark.parametrize(
    "name",
    ["content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"],
)
def test_it_has_the_headers_that_every_answer_has(answers, name):
    page, failed = answers
    assert page.status_code == 200
    assert failed.headers[name] == page.headers[name]
