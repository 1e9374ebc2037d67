import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from labels import schema
from labels.erasure import erase, scrub
from labels.errors import LabelError
from labels.history import events
from labels.insertion import ErasedError, insert_places
from labels.snapshot import take
from labels.store import Store
from tests.labels import postgres as postgres_server
from tests.labels.samples import VIEWS, made

MAY = datetime(2026, 5, 1, tzinfo=UTC)
WORDS = "Kestrel ports must answer to no foreign vendor"
KEY = made(WORDS, {}).text_id


def rows():
    return [
        made(WORDS, {"war": "pro"}, annotator="ann", source="Kestrel desk", document="Kestrel 12"),
        made(WORDS, {}, annotator="bo", source="Kestrel wire"),
        *(made(f"another text {number}", {}, annotator="ann") for number in range(200)),
    ]


@pytest.fixture
def store(url):
    store = Store.open(url, VIEWS)
    store.add(rows(), MAY)
    take(store)
    with store.writing() as connection:
        place = connection.execute(
            sa.select(schema.occurrences.c.key).where(schema.occurrences.c.text_id == KEY)
        ).scalars()
        queued = {"text_id": KEY, "occurrence": place.first(), "batch": "x", "at": "2026"}
        connection.execute(sa.insert(schema.queue), [queued])
    return store


def test_erased_text_is_gone_with_its_answers_and_leaves_a_mark(store):
    done = erase(store, KEY, "takedown 12", "maria", MAY)
    assert (done.text_id, done.text, done.answers, done.scrubbed) == (KEY, WORDS, 2, True)
    assert store.counts() == {"texts": 200, "documents": 0, "annotators": 1, "annotations": 200}
    (mark,) = events(store, KEY)
    assert (mark.what, mark.reason, mark.by) == ("erasure", "takedown 12", "maria")
    assert KEY not in {row.text_id for row in take(store).rows}
    with pytest.raises(LabelError, match="is erased already"):
        erase(store, KEY, "again")


def test_words_are_in_no_file_of_the_database(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", VIEWS)
    store.add(rows())
    files = lambda: b"".join(path.read_bytes() for path in tmp_path.glob("labels.db*"))  # noqa: E731
    assert b"Kestrel" in files()
    erase(store, KEY, "takedown 12")
    assert b"Kestrel" not in files()
    assert b"another text 7" in files()


def test_words_in_the_reports_kept_are_blanked(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", VIEWS)
    store.add(rows())
    other = {"text_id": "p1:other", "text": "stays", "source": "wire"}
    own = {"text_id": KEY, "text": WORDS, "source": "Kestrel desk", "score": 0.5}
    own["sentence"] = "Kestrel said so."
    report = json.dumps({"errors": {"war": [own, other]}, "f1": 0.7})
    with store.writing() as connection:
        model = {"version": "m", "at": "2026", "labels_hash": "x", "base_model": "y"}
        connection.execute(sa.insert(schema.models), [model])
        kept = {"version": "m", "at": "2026", "data_hash": "x", "gated": 0, "report": report}
        connection.execute(sa.insert(schema.evaluations), [kept])
    erase(store, KEY, "takedown 12")
    assert b"Kestrel" not in b"".join(path.read_bytes() for path in tmp_path.glob("labels.db*"))
    with store.reading() as connection:
        found = json.loads(connection.execute(sa.select(schema.evaluations.c.report)).scalar_one())
    blanked = {"text_id": KEY, "text": "", "source": "", "score": 0.5, "sentence": ""}
    assert found == {"errors": {"war": [blanked, other]}, "f1": 0.7}


def test_scrubbing_waits_for_readers_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("labels.database._WAIT", 100)
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", VIEWS)
    store.add(rows())
    other = Store.open(f"sqlite:///{tmp_path / 'labels.db'}")
    with other.reading() as connection:
        next(iter(other.answers(connection)))
        assert not erase(store, KEY, "takedown 12").scrubbed
    assert scrub(store)
    assert b"Kestrel" not in b"".join(path.read_bytes() for path in tmp_path.glob("labels.db*"))


def test_scrubbing_while_another_writes_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("labels.database._WAIT", 100)
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", VIEWS)
    with Store.open(f"sqlite:///{tmp_path / 'labels.db'}").writing():
        assert not scrub(store)
    assert scrub(store)


def test_scrubbing_tables_of_another_owner_says_so(postgres):
    url = sa.make_url(postgres())
    with postgres_server.closing():
        store = Store.open(url, VIEWS)
        with store.engine.begin() as connection:
            schema_name = connection.exec_driver_sql("SELECT current_schema()").scalar()
            connection.exec_driver_sql("DROP ROLE IF EXISTS guest")
            connection.exec_driver_sql("CREATE ROLE guest LOGIN")
            connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema_name} TO guest")
            tables = f"ALL TABLES IN SCHEMA {schema_name}"
            connection.exec_driver_sql(f"GRANT ALL ON {tables} TO guest")
        assert scrub(store)
        assert not scrub(Store.open(url.set(username="guest")))
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY guest")
            connection.exec_driver_sql("DROP ROLE guest")


def test_erased_text_is_refused_until_it_is_allowed(store):
    erase(store, KEY, "takedown 12", "maria", MAY)
    words = (
        rf"1 text was erased for good.*--allow-erased\n{KEY} was erased on 2026-05-01 by maria: t"
    )
    with pytest.raises(ErasedError, match=words):
        store.add([made("a new text", {}), *rows()])
    with store.writing() as connection, pytest.raises(ErasedError):
        insert_places(connection, rows())
    assert store.counts()["texts"] == 200
    assert store.add(rows(), allow_erased=True).stored == 2
    assert store.add([made(WORDS, {}, annotator="cy")]).stored == 1


@pytest.mark.parametrize("given", ["", " "])
def test_reason_is_needed(store, given):
    with pytest.raises(LabelError, match="give a reason"):
        erase(store, KEY, given)
    assert store.counts()["texts"] == 201
