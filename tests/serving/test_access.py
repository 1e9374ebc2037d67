import pytest
from starlette.requests import Request

from serving.access import BOUND_TO, may_use_labels
from serving.errors import ApiError


def request(**headers: str) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/labels", "headers": raw})


def refused(asked: Request) -> int:
    with pytest.raises(ApiError) as error:
        may_use_labels(asked)
    return error.value.status


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "localhost", "[::1]:3000"])
def test_the_user_of_this_machine_may(monkeypatch, host):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    may_use_labels(request(host=host))
    may_use_labels(request(host=host, origin=f"http://{host}"))


def test_bound_to_a_network_needs_a_token(monkeypatch):
    monkeypatch.setenv(BOUND_TO, "0.0.0.0")
    assert refused(request(host="localhost:3000")) == 403
    monkeypatch.delenv(BOUND_TO)
    assert refused(request(host="localhost:3000")) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example"},
        {"host": "[::1"},
        {"host": "localhost:3000", "origin": "http://localhost:9999"},
        {"host": "localhost:3000", "origin": "null"},
        {"host": "localhost:3000", "origin": "http://["},
    ],
)
def test_other_sites_may_not(monkeypatch, headers):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    assert refused(request(**headers)) == 403


def test_a_token_is_asked_for_wherever_it_is_set(monkeypatch):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    monkeypatch.setenv("FRAMESCOPE_TOKEN", "token")
    assert refused(request(host="localhost")) == 401
    assert refused(request(host="localhost", authorization="Bearer wrong")) == 401
    may_use_labels(request(host="localhost", authorization="Bearer token"))
