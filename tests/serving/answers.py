"""What tests ask of any answer."""

import httpx

JSON = {"content-type": "application/json"}


def error_of(answer: httpx.Response) -> dict:
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]
