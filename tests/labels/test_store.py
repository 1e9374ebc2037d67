import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook, Frame, load_codebook
from labels.database import remedy
from labels.errors import CodebookError, StoreError
from labels.home import Home, new_database
from labels.insertion import CHUNK
from labels.resolve import latest
from labels.rows import utc
from labels.store import Imported, Store
from tests.labels.samples import TOPICS, VIEWS, made

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def standing(store):
    """What stands of each annotator on the only text."""
    with store.reading() as connection:
        (own,) = latest(store.answers(connection)).values()
    return {who: answer.frames for who, answer in own.items()}


def test_rows_come_back_in_order_of_arrival(store):
    rows = [
        made("b", {"war": "con"}, id=1, document="d", source="s", date="2026-01-02", page=2),
        made("a", {}, lang="en", annotator="ann", at="2026-01-01", sampled="random", codebook=2),
    ]
    assert store.add(rows, MAY) == Imported(2, 2)
    assert list(store.rows()) == [replace(rows[0], at="2026-05-01T00:00:00.000000+00:00"), rows[1]]


def test_same_rows_again_store_nothing(store):
    rows = [made("a", {"war": "pro"}), made("b", {}, at="2026-01-01")]
    store.add(rows)
    assert store.add(rows) == Imported(2, 0)
    assert store.add([*rows, made("c", {})]) == Imported(3, 1)


def test_row_twice_in_one_import_is_stored_once(store):
    rows = [made("a", {}), made("b", {}), made(" a ", {})]
    assert store.add(rows) == Imported(3, 2)
    assert (
        store.add(made(str(n % 600), {}, annotator="ann") for n in range(CHUNK + 200)).stored == 600
    )


def test_equal_answer_at_another_time_is_another_answer(store):
    store.add([made("a", {}, at="2026-01-01")])
    assert store.add([made("a", {}, at="2026-01-02")]).stored == 1
    assert store.add([made("a", {})]).stored == 0


def test_answer_given_anew_counts_after_one_dated_ahead(store):
    store.add([made("a", {"war": "pro"}, at="2099-01-01")])
    for frames in ({}, {}, {"war": "con"}):
        assert store.add([made("a", frames)], anew=True).stored == 1
    assert standing(store) == {"annotator": {"war": "con"}}


def test_answers_given_anew_together_count_in_their_order(store):
    ahead = utc(MAY + timedelta(minutes=4))
    rows = [made("a", {"war": "pro"}, at=ahead), made("a", {"war": "con"})]
    store.add(rows, MAY, anew=True)
    assert [row.at[14:26] for row in store.rows()] == ["04:00.000000", "04:00.000001"]
    assert standing(store) == {"annotator": {"war": "con"}}


def test_an_answer_follows_one_of_the_last_moment_there_is(store):
    """A release before this one stored such rows."""
    last = "9999-12-31T23:59:59.999999+00:00"
    store.add([replace(made("a", {"war": "pro"}), at=last)])
    store.add([made("a", {"war": "con"})], anew=True)
    assert standing(store) == {"annotator": {"war": "con"}}


def test_answers_and_places_are_of_one_state(url):
    store, other = Store.open(url, VIEWS), Store.open(url)
    store.add([made("a", {}, document=name) for name in ("d", "e")])
    found = store.rows_and_places()
    first = next(found)
    other.add([made("b", {}, document=name) for name in ("d", "e")])
    assert [(row.text, row.document) for row in [first, *found]] == [("a", "d"), ("a", "e")]


def _count(steps):
    next(steps)  # any value would stop the query


def test_the_places_of_one_text_are_compared_once():
    """A boilerplate text has thousands: twice as many take twice the steps, not four times."""
    steps = []
    for count in (300, 600):
        store = Store.open("sqlite://", VIEWS)
        store.add(made("Read more", {}, annotator=f"a{n}", id=n) for n in range(count))
        taken = itertools.count()
        raw = store.engine.raw_connection()
        raw.driver_connection.set_progress_handler(partial(_count, taken), 100)
        raw.close()
        assert len(list(store.rows_and_places())) == count
        steps.append(next(taken))
    assert steps[1] < 3 * steps[0]


@pytest.mark.parametrize(
    "said", ["sorry, too many clients already", "remaining connection slots are reserved for roles"]
)
def test_a_server_that_is_full_is_not_taken_for_one_that_is_down(said):
    error = sa.exc.DBAPIError("", {}, Exception(f"connection failed: FATAL:  {said}"))
    assert "max_connections" in remedy(error)


def test_an_empty_variable_names_no_database(tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMESCOPE_DATABASE", "")
    assert new_database(str(tmp_path / "new")) == Home.find(tmp_path / "new").own_database
    monkeypatch.setenv("FRAMESCOPE_DATABASE", "sqlite://")
    with pytest.raises(StoreError, match="FRAMESCOPE_DATABASE is set"):
        new_database(str(tmp_path / "new"))


def test_changed_mind_is_added_and_nothing_is_overwritten(store):
    for frames in ({"war": "pro"}, {"war": "con"}):
        store.add([made("a", frames)])
    assert [row.frames for row in store.rows()] == [{"war": "pro"}, {"war": "con"}]


def test_text_in_two_documents_is_one_text(store):
    store.add([made("a b", {}, document="d"), made("a\nb", {}, document="e", annotator="ann")])
    assert store.counts() == {"texts": 1, "documents": 2, "annotators": 2, "annotations": 2}


def test_empty_store_counts_nothing(store):
    assert set(store.counts().values()) == {0}
    assert list(store.rows()) == []


def test_import_that_fails_stores_nothing(store):
    def broken():
        yield from (made(str(number), {}) for number in range(CHUNK + 1))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        store.add(broken())
    assert set(store.counts().values()) == {0}


def test_reader_sees_one_state_while_another_writes(url):
    store = Store.open(url, VIEWS)
    store.add([made("a", {})])
    with store.reading() as connection:
        before = list(store.answers(connection))
        Store.open(url).add([made("b", {})])
        assert list(store.answers(connection)) == before
    assert store.counts()["texts"] == 2


def test_store_keeps_its_codebook(url):
    Store.open(url, VIEWS)
    assert Store.open(url).codebook == VIEWS


def test_new_store_serves_the_projects_codebook(url):
    assert Store.open(url).codebook == load_codebook()


def test_edited_codebook_takes_the_place_of_the_old(url):
    Store.open(url, VIEWS)
    edited = replace(VIEWS, version=2, guidelines="Read it all.")
    assert Store.open(url, edited).codebook == edited
    assert Store.open(url).codebook == edited


def test_codebook_with_other_labels_is_refused(url):
    Store.open(url, VIEWS)
    words = re.escape(
        "serves the codebook 'views' with the frames ['trade', 'war'] and stances ['pro', 'con']; "
        "'topics' has ['trade', 'war'] and []. Set FRAMESCOPE_HOME to another folder"
    )
    with pytest.raises(StoreError, match=words):
        Store.open(url, TOPICS)
    with pytest.raises(StoreError, match="serves the codebook 'views'"):
        Store.open(url, Codebook("views", 1, (Frame("war"),), VIEWS.stances))


def test_newer_schema_is_refused(url):
    store = Store.open(url, VIEWS)
    with store.writing() as connection:
        newer = sa.update(schema.settings).where(schema.settings.c.name == "schema")
        connection.execute(newer.values(value=str(schema.SCHEMA + 1)))
    with pytest.raises(StoreError, match=r"its schema is 3, newer than this release reads \(2\)"):
        Store.open(url)


def test_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "labels.db").write_bytes(b"text, not a database" * 100)
    words = r"labels\.db: cannot open the database: file is not a database; something else was put"
    with pytest.raises(StoreError, match=words):
        Store.open(f"sqlite:///{tmp_path / 'labels.db'}")


def test_server_that_does_not_answer_is_named_without_the_password():
    words = r"ann:\*\*\*@127.0.0.1:1/x: cannot open the database: (.|\n)*; see whether the server"
    with pytest.raises(StoreError, match=words):
        Store.open("postgresql+psycopg://ann:secret@127.0.0.1:1/x")


@pytest.mark.parametrize("bad", ["labels.db", "nosuch://host/name", "mysql://host/name"])
def test_url_of_no_database_is_refused(bad):
    with pytest.raises(
        StoreError, match=r"(cannot use the database URL|not supported).*rite .* as in sqlite:///"
    ):
        Store.open(bad)


def test_time_of_import_is_now(store):
    store.add([made("a", {})])
    (row,) = store.rows()
    assert abs(datetime.fromisoformat(row.at) - datetime.now(UTC)) < timedelta(minutes=5)


def test_home_is_the_one_given_else_of_the_environment(own_home, tmp_path, monkeypatch):
    assert Home.find().folder == own_home
    assert str(Home.find(tmp_path / "b").database) == f"sqlite:///{tmp_path / 'b' / 'labels.db'}"
    assert (tmp_path / "b").is_dir()
    monkeypatch.setenv("FRAMESCOPE_DATABASE", "sqlite://")
    assert Home.find().database == "sqlite://"
    monkeypatch.delenv("FRAMESCOPE_HOME")
    monkeypatch.chdir(tmp_path)
    assert Home.find().folder == tmp_path / "var"


def test_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/home: cannot make the state folder: "):
        Home.find(tmp_path / "file" / "home")


def edited(version: int, **words) -> Codebook:
    return replace(VIEWS, version=version, **words)


def test_a_higher_version_of_the_codebook_is_kept(tmp_path):
    url = f"sqlite:///{tmp_path / 'labels.db'}"
    Store.open(url, VIEWS)
    assert Store.open(url).codebook == VIEWS
    newer = edited(VIEWS.version + 1, guidelines="Read it twice.")
    Store.open(url, newer)
    assert Store.open(url).codebook == newer


def test_an_edit_without_a_higher_version_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'labels.db'}"
    Store.open(url, VIEWS)
    with pytest.raises(CodebookError, match=r"its words are not those .* write 'version: 2'"):
        Store.open(url, edited(VIEWS.version, guidelines="Read it twice."))
    assert Store.open(url).codebook == VIEWS


@pytest.mark.parametrize("given", [edited(2), edited(4, name="sights"), edited(1, name="sights")])
def test_a_version_whose_words_would_be_lost_is_refused(tmp_path, given):
    url = f"sqlite:///{tmp_path / 'labels.db'}"
    for version in (1, 3):
        Store.open(url, edited(version))
    assert Store.open(url, edited(1)).codebook == VIEWS
    with pytest.raises(CodebookError, match=r"write 'version: 4'|is called 'sights'.*'views'"):
        Store.open(url, given)
    assert Store.open(url).codebook == edited(3)


def test_another_codebook_of_the_projects_name_stays_usable(tmp_path):
    url = f"sqlite:///{tmp_path / 'labels.db'}"
    own = replace(VIEWS, name=load_codebook().name)
    Store.open(url, own)
    assert Store.open(url).codebook == own


def test_a_folder_with_odd_signs_in_its_name_holds_its_database(tmp_path, monkeypatch):
    home = Home.find(tmp_path / "a?b #c%20")
    Store.open(home.database, VIEWS)
    assert (home.folder / "labels.db").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a?b #c%20"]


def test_what_the_database_refuses_is_said_in_a_line(store):
    with store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE annotations")
        connection.commit()
    words = 'the database refused: (no such table: annotations|relation "annotations" does not)'
    with pytest.raises(StoreError, match=words):
        list(store.rows())


def test_opening_needs_no_lock_where_nothing_is_written(url, monkeypatch):
    monkeypatch.setattr("labels.database._WAIT", 100)
    store = Store.open(url, VIEWS)
    store.add([made("a", {})])
    with store.writing():
        assert Store.open(url).counts()["annotations"] == 1
        with pytest.raises(StoreError, match=r"another process is writing \(an import\?\)"):
            Store.open(url).add([made("b", {})])
        with pytest.raises(StoreError, match=r"cannot open .*another process is writing"):
            Store.open(url, replace(VIEWS, version=2))


def test_rows_are_stored_when_the_lock_is_there(url):
    store, other = Store.open(url, VIEWS), Store.open(url)
    with ThreadPoolExecutor(1) as pool:
        with store.writing():
            waiting = pool.submit(other.add, [made("a", {})])
            with suppress(TimeoutError):
                waiting.result(0.3)
            free = datetime.now(UTC)
        assert waiting.result(30).stored == 1
    with store.reading() as connection:
        assert connection.execute(sa.select(schema.annotations.c.stored)).scalar_one() > utc(free)
