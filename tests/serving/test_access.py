"""Who may do what: the places a request may come from, and every route for every role."""

import asyncio
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from labels import queue, tokens
from labels.erasure import erase
from labels.home import Home
from labels.rows import LabelledRow
from labels.store import Store
from labels.text import text_id
from labels.tokens import Who
from serving import retraining
from serving.access import BOUND_TO, at_least, who_asks
from serving.api import create_app
from serving.errors import ApiError
from serving.live import Live
from tests.serving.answers import error_of


@pytest.fixture
def store(tmp_path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'labels.db'}")


@pytest.fixture
def request_with(store):
    app = SimpleNamespace(state=SimpleNamespace(live=SimpleNamespace(store=store)))

    def request_with(**headers: str) -> Request:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/labels", "headers": raw, "app": app}
        return Request(scope)

    return request_with


def refused(asked: Request) -> ApiError:
    with pytest.raises(ApiError) as error:
        who_asks(asked)
    return error.value


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "localhost", "[::1]:3000"])
def test_the_user_of_this_machine_may(monkeypatch, request_with, host):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    assert who_asks(request_with(host=host)) == Who(None, "admin")
    assert who_asks(request_with(host=host, origin=f"http://{host}")) == Who(None, "admin")


def test_bound_to_a_network_needs_a_token(monkeypatch, request_with):
    monkeypatch.setenv(BOUND_TO, "0.0.0.0")
    assert refused(request_with(host="localhost:3000")).status == 403
    monkeypatch.delenv(BOUND_TO)
    assert refused(request_with(host="localhost:3000")).status == 403


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
def test_other_sites_may_not(monkeypatch, request_with, headers):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    assert refused(request_with(**headers)).status == 403


def test_the_token_of_the_environment_is_an_admins(monkeypatch, request_with):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    monkeypatch.setenv("FRAMESCOPE_TOKEN", "token")
    assert refused(request_with(host="localhost")).status == 401
    assert refused(request_with(host="localhost", authorization="Bearer wrong")).status == 401
    assert refused(request_with(host="localhost", authorization="Basic token")).status == 401
    found = who_asks(request_with(host="localhost", authorization="Bearer token"))
    assert found == Who("environment", "admin")


@pytest.mark.parametrize("kept", ["s3cret\n", "clé", "voilà"])
def test_the_token_of_the_environment_may_come_from_a_file(monkeypatch, request_with, kept):
    monkeypatch.setenv("FRAMESCOPE_TOKEN", kept)
    found = who_asks(request_with(host="localhost", authorization=f"Bearer {kept.strip()}"))
    assert found == Who("environment", "admin")
    assert refused(request_with(host="localhost", authorization="Bearer cle")).status == 401


def test_a_secret_that_is_blank_locks_and_does_not_open(monkeypatch, request_with):
    """The file was made, and the secret not written into it."""
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    monkeypatch.setenv("FRAMESCOPE_TOKEN", "\n")
    assert refused(request_with(host="localhost")).status == 401
    assert refused(request_with(host="localhost", authorization="Bearer ")).status == 401
    monkeypatch.setenv("FRAMESCOPE_TOKEN", "")
    assert who_asks(request_with(host="localhost")).role == "admin"


def test_a_named_token_works_from_anywhere_and_ends_the_rights_of_those_without(
    monkeypatch, request_with, store
):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    assert who_asks(request_with(host="localhost")).role == "admin"
    token = tokens.create(store, "ann", "annotator")
    assert refused(request_with(host="localhost")).status == 401
    asked = request_with(host="labels.example", authorization=f"bearer {token}")
    assert who_asks(asked) == Who("ann", "annotator")
    tokens.revoke(store, "ann")
    assert "revoked" in str(refused(asked))
    assert refused(request_with(host="localhost")).status == 401


def test_a_lower_role_is_told_what_is_needed():
    check = at_least("adjudicator")
    assert check(Who("ann", "admin")) == Who("ann", "admin")
    with pytest.raises(ApiError) as error:
        check(Who("ann", "annotator"))
    assert error.value.status == 403
    assert str(error.value) == (
        "this needs the role adjudicator; the token 'ann' has the role annotator"
    )


DISPUTED = "Ann says one thing and bo another."
ROUTES: tuple[tuple[str, Any, tuple[int, ...]], ...] = (
    # what is asked, and the answer to: nobody, reader, annotator, adjudicator, admin
    ("GET /", None, (200, 200, 200, 200, 200)),
    ("GET /codebook", None, (200, 200, 200, 200, 200)),
    ("POST /score", {"texts": ["a"]}, (503, 503, 503, 503, 503)),  # open, but without a model
    ("POST /documents", {"content": "A paragraph."}, (503, 503, 503, 503, 503)),
    ("GET /models", None, (401, 200, 200, 200, 200)),
    ("GET /me", None, (401, 200, 200, 200, 200)),
    ("GET /labels", None, (401, 403, 200, 200, 200)),
    ("GET /labels?annotator=ann", None, (401, 403, 403, 200, 200)),
    (
        "POST /labels",
        {"annotations": [{"text": "A text to label.", "frames": {}}]},
        (401, 403, 200, 200, 200),
    ),
    ("POST /labels", {"annotations": [{"text": "a", "frames": {}}]}, (401, 403, 403, 200, 200)),
    (
        "POST /labels",
        {"annotations": [{"text": "a", "frames": {}, "annotator": "ann"}]},
        (401, 403, 403, 403, 200),
    ),
    (
        "POST /labels",
        {"annotations": [{"text": "a", "frames": {}, "kind": "decision"}]},
        (401, 403, 403, 200, 200),
    ),
    ("GET /queue", None, (401, 403, 200, 200, 200)),
    ("GET /queue?annotator=ann", None, (401, 403, 403, 403, 200)),
    ("GET /queue/answered", None, (401, 403, 200, 200, 200)),
    ("POST /queue", {"texts": ["a new text"]}, (401, 403, 403, 200, 200)),
    ("GET /disputes", None, (401, 403, 403, 200, 200)),
    ("GET /disputes?names=true", None, (401, 403, 403, 200, 200)),
    (f"POST /disputes/{text_id(DISPUTED)}", {"frames": {}}, (401, 403, 403, 200, 409)),
    ("GET /retrain", None, (401, 200, 200, 200, 200)),
    ("POST /retrain", {}, (401, 403, 403, 403, 202)),
    ("DELETE /retrain", None, (401, 403, 403, 403, 409)),
    ("GET /reports/none", None, (401, 404, 404, 404, 404)),
)


@pytest.fixture
def app(store, tmp_path, monkeypatch) -> Iterator[FastAPI]:
    monkeypatch.setattr(retraining, "start", lambda *_, **__: None)
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    app = create_app()
    app.state.live = Live(Home.find(tmp_path), store)
    for name, frames in (("ann", {"safety": "favor"}), ("bo", {})):
        store.add([LabelledRow(DISPUTED, frames, annotator=name)])
    queue.add(store, [queue.Unlabelled("A text to label.")], "batch")
    yield app
    app.state.live.stop()


def ask(app: FastAPI, wanted: str, token: str | None, body: object = None) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            method, path = wanted.split()
            return await client.request(method, path, json=body, headers=headers)

    return asyncio.run(send())


@pytest.mark.parametrize(("wanted", "body", "codes"), ROUTES, ids=lambda value: str(value)[:40])
def test_every_route_for_every_role(app, store, wanted, body, codes):
    given = {role: tokens.create(store, f"own {role}", role) for role in tokens.ROLES}
    for role, code in zip((None, *tokens.ROLES), codes, strict=True):
        answer = ask(app, wanted, given.get(role or ""), body)
        assert answer.status_code == code, (role, answer.text)
        if code in (401, 403):
            kind = "unauthorized" if code == 401 else "forbidden"
            assert error_of(answer)["type"] == kind
            assert ("www-authenticate" in answer.headers) == (code == 401)


def test_the_table_names_every_route(app):
    declared = {
        f"{method.upper()} {path.split('{')[0]}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    asked = {wanted.split("?")[0] for wanted, *_ in ROUTES}
    left_out = {"POST /", "GET /model"}  # as open as /score
    missing = [one for one in declared - left_out if not any(own.startswith(one) for own in asked)]
    assert not missing


def test_a_retraining_knows_whose_token_asked_for_it(app, store, monkeypatch):
    asked = []
    monkeypatch.setattr(retraining, "start", lambda *_, by: asked.append(by))
    assert ask(app, "POST /retrain", tokens.create(store, "ann", "admin"), {}).status_code == 202
    monkeypatch.setenv("FRAMESCOPE_TOKEN", "s3cret")
    assert ask(app, "POST /retrain", "s3cret", {}).status_code == 202
    assert asked == ["ann", "environment"]


def test_annotators_see_their_own_answers_alone(app, store):
    ann, bo = (tokens.create(store, name, "annotator") for name in ("ann", "bo"))
    head = tokens.create(store, "head", "adjudicator")

    def seen(token):
        found = ask(app, "GET /labels", token).json()["annotations"]
        return [(one["annotator"], one["frames"]) for one in found]

    assert seen(ann) == [("ann", {"safety": "favor"})]
    assert seen(bo) == [("bo", {})]
    assert seen(head) == [("bo", {}), ("ann", {"safety": "favor"})]


def test_every_write_knows_who(app, store):
    given = {role: tokens.create(store, f"own {role}", role) for role in tokens.ROLES[1:]}
    sent = {"text": "A text to label.", "frames": {}}
    for token in given.values():
        assert ask(app, "POST /labels", token, {"annotations": [sent]}).status_code == 200
    named = {**sent, "annotator": "cy", "at": "2026-01-01T00:00:00Z"}
    ask(app, "POST /labels", given["admin"], {"annotations": [named]})
    text = f"POST /disputes/{text_id(DISPUTED)}"
    assert ask(app, text, given["adjudicator"], {"frames": {"safety": "neutral"}}).is_success
    with store.reading() as connection:
        rows = list(store.answers(connection))[2:]
    assert [(row.annotator, row.kind, row.by) for row in rows] == [
        ("own annotator", "answer", "own annotator"),
        ("adjudicator", "decision", "own adjudicator"),
        ("adjudicator", "decision", "own admin"),
        ("cy", "answer", "own admin"),
        ("adjudicator", "decision", "own adjudicator"),
    ]


def test_an_annotator_may_take_back_their_own_answer(app, store):
    ann = tokens.create(store, "ann", "annotator")
    row = {"text": DISPUTED, "kind": "retraction"}
    assert ask(app, "POST /labels", ann, {"annotations": [row]}).status_code == 200
    answer = ask(app, "GET /labels?limit=1", ann).json()["annotations"][0]
    assert (answer["kind"], answer["frames"]) == ("retraction", {})


def test_an_annotators_clock_must_not_be_far_ahead(app, store):
    ann = tokens.create(store, "ann", "annotator")
    row = {"text": "a", "frames": {}, "at": "2999-01-01T00:00:00Z"}
    answer = ask(app, "POST /labels", ann, {"annotations": [row]})
    assert answer.status_code == 422
    assert "is in the future" in error_of(answer)["problems"][0]


def test_an_annotators_answer_keeps_the_stored_place(app, store):
    row = queue.Unlabelled("Random.", document="d", sampled="random", meta={"page": 3})
    queue.add(store, [row], "x")
    ann = tokens.create(store, "ann", "annotator")
    sent = {"text": "Random.", "frames": {}, "document": "other", "source": "starter/x"}
    more = {"meta": {"suggestion": "seen", "page": 9}}
    assert ask(app, "POST /labels", ann, {"annotations": [{**sent, **more}]}).is_success
    (stored,) = store.newest(1)
    assert (stored.document, stored.source, stored.sampled) == ("d", None, "random")
    assert stored.meta == {"page": 3, "suggestion": "seen"}
    unknown = ask(app, "POST /labels", ann, {"annotations": [sent, {**sent, "text": "Mine."}]})
    assert unknown.status_code == 403
    assert "annotations[1]: the token 'ann' may answer texts of the queue" in unknown.text
    assert store.counts()["annotations"] == 3


@pytest.mark.parametrize("role", ["annotator", "adjudicator"])
def test_answers_on_erased_texts_are_refused_by_name(app, store, role):
    queue.add(store, [queue.Unlabelled("Taken down."), queue.Unlabelled("Still there.")], "x")
    gone = text_id("Taken down.")
    erase(store, gone, "asked for", "maria")
    token = tokens.create(store, "someone", role)
    rows = [{"text": text, "frames": {}} for text in ("Still there.", "Taken down.")]
    answer = ask(app, "POST /labels", token, {"annotations": rows})
    assert (answer.status_code, error_of(answer)["type"]) == (422, "erased")
    assert error_of(answer)["text_ids"] == [gone]
    assert error_of(answer)["problems"][0].startswith(f"{gone} was erased on ")
    assert store.counts()["annotations"] == 2


def test_that_a_colleague_saw_the_reading_is_said_of_the_colleague_alone(app, store):
    seen = {"suggestion": "seen", "page": 3}
    store.add([LabelledRow("Seen.", {}, annotator="bo", meta=seen)])
    ann = tokens.create(store, "ann", "annotator")
    sent = {"text": "Seen.", "frames": {}}
    assert ask(app, "POST /labels", ann, {"annotations": [sent]}).is_success
    assert store.newest(1)[0].meta == {"page": 3}


def test_annotators_are_not_told_why_a_text_was_chosen(app, store):
    meta = {"why": "uncertain", "suggestion": {"safety": "favor"}, "model": "v1", "page": 3}
    queue.add(store, [queue.Unlabelled("Chosen.", sampled="suggested", meta=meta)], "x")
    shown = {}
    for role in ("annotator", "adjudicator"):
        token = tokens.create(store, f"own {role}", role)
        last = ask(app, "GET /queue", token).json()["texts"][-1]
        shown[role] = last["sampled"], last["meta"]
    assert shown == {"annotator": (None, {"page": 3}), "adjudicator": ("suggested", meta)}


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("GET /queue?annotator=a%00b", None),
        ("GET /labels?annotator=a%00b", None),
        ("POST /disputes/p1%00", {"frames": {}}),
        ("POST /queue", {"texts": ["a"], "batch": "a\0b"}),
    ],
)
def test_a_nul_is_refused_before_the_database_is_asked(app, store, route, body):
    answer = ask(app, route, tokens.create(store, "head", "admin"), body)
    assert (answer.status_code, error_of(answer)["type"]) == (422, "invalid_request")


def test_the_same_answer_sent_twice_is_one(app, store):
    ann = tokens.create(store, "ann", "annotator")
    row = {"text": "A text to label.", "frames": {}, "at": "2026-01-01T00:00:00Z"}
    for _ in range(2):
        assert ask(app, "POST /labels", ann, {"annotations": [row]}).status_code == 200
    found = ask(app, "GET /labels", ann).json()["annotations"]
    assert [one["text"] for one in found] == ["A text to label.", DISPUTED]


def test_the_queue_over_http(app, store):
    ann, head = tokens.create(store, "ann", "annotator"), tokens.create(store, "b", "adjudicator")
    body = {"texts": ["Second.", {"text": "Third.", "document": "d", "page": 3}], "batch": "x"}
    assert ask(app, "POST /queue", head, body).json() == {"queued": 2, "already": 0}
    assert ask(app, "POST /queue", head, body).json() == {"queued": 0, "already": 2}
    found = ask(app, "GET /queue?limit=2&after=1", ann).json()
    assert [one["text"] for one in found["texts"]] == ["Second.", "Third."]
    last = found["texts"][-1]
    assert (last["document"], last["meta"], last["batch"]) == ("d", {"page": 3}, "x")
    assert (found["annotator"], found["answered"], found["total"]) == ("ann", 0, 3)
    row = {"text": "Second.", "frames": {"safety": "favor"}}
    ask(app, "POST /labels", ann, {"annotations": [row]})
    found = ask(app, "GET /queue", ann).json()
    assert [one["text"] for one in found["texts"]] == ["A text to label.", "Third."]
    assert (found["answered"], found["total"]) == (1, 3)
    (own,) = ask(app, "GET /queue/answered", ann).json()["texts"]
    assert (own["text"], own["frames"]) == ("Second.", {"safety": "favor"})


def test_faulty_texts_queue_nothing_and_name_every_fault(app, store):
    head = tokens.create(store, "head", "adjudicator")
    answer = ask(app, "POST /queue", head, {"texts": ["fine", "", {"text": "x", "date": "y"}]})
    assert answer.status_code == 422
    assert error_of(answer)["problems"] == [
        "texts[1]: the text is empty",
        "texts[2]: date: 'y' is no date; write it as in 2026-03-31",
    ]
    assert ask(app, "GET /queue", head).json()["total"] == 1


def test_disputes_have_no_names_unless_asked_for(app, store):
    head = tokens.create(store, "head", "adjudicator")
    (found,) = ask(app, "GET /disputes", head).json()["disputes"]
    assert (found["text"], found["frames"]) == (DISPUTED, ["safety"])
    assert "annotators" not in found
    assert "ann" not in str(found["answers"])
    (named,) = ask(app, "GET /disputes?names=true", head).json()["disputes"]
    pairs = dict(zip(named["annotators"], named["answers"], strict=True))
    assert pairs == {"ann": {"safety": "favor"}, "bo": {}}
    wrong = ask(app, f"POST /disputes/{found['id']}", head, {"frames": {"saftey": "favor"}})
    assert wrong.status_code == 422
    assert "unknown frames ['saftey']" in error_of(wrong)["message"]
    body = {"frames": {"safety": "neutral"}}
    answer = ask(app, f"POST /disputes/{found['id']}", head, body)
    assert answer.json() == {"decided": found["id"]}
    assert ask(app, "GET /disputes", head).json() == {"total": 0, "disputes": []}
    late = ask(app, f"POST /disputes/{found['id']}", tokens.create(store, "kim", "admin"), body)
    assert (late.status_code, error_of(late)["type"]) == (409, "settled")
    said = re.search(r"settled by head at .* send seen: (\d+)$", error_of(late)["message"])
    newest = store.newest(1)[0].at
    standing = {"number": int(said[1]), "by": "head", "at": newest, "frames": body["frames"]}
    assert error_of(late)["decision"] == standing
    again = {**body, "seen": standing["number"]}
    assert ask(app, f"POST /disputes/{found['id']}", head, again).is_success
    missing = ask(app, "POST /disputes/p1:none", head, body)
    assert (missing.status_code, error_of(missing)["type"]) == (404, "not_found")


def test_without_a_token_it_must_be_said_in_whose_name(app):
    assert error_of(ask(app, "GET /queue", None))["message"].startswith("annotator: say under")
    assert ask(app, "GET /queue?annotator=ann", None).json()["annotator"] == "ann"
    assert ask(app, "GET /me", None).json() == {"name": None, "role": "admin"}
