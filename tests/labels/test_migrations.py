"""A database of an older release is brought to this one's schema, whole."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from labels import database, schema
from labels.errors import StoreError
from labels.resolve import latest
from labels.rows import ADJUDICATOR, ANSWER, DECISION, canonical
from labels.store import Store
from tests.labels.samples import VIEWS, made

ROOT = Path(__file__).parents[2]
JAN, FEB = "2026-01-01T00:00:00.000000+00:00", "2026-02-01T00:00:00.000000+00:00"

SCHEMA_1 = """
CREATE TABLE settings (name VARCHAR(40) NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE texts (id VARCHAR(32) NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id));
CREATE TABLE occurrences (
  key VARCHAR(24) NOT NULL, text_id VARCHAR(32) NOT NULL, id TEXT, lang VARCHAR(35), source TEXT,
  document TEXT, date VARCHAR(10), meta TEXT NOT NULL,
  PRIMARY KEY (key), FOREIGN KEY(text_id) REFERENCES texts (id));
CREATE INDEX ix_occurrences_text_id ON occurrences (text_id);
CREATE TABLE annotations (
  number {serial} NOT NULL, text_id VARCHAR(32) NOT NULL, occurrence VARCHAR(24) NOT NULL,
  annotator TEXT NOT NULL, frames TEXT NOT NULL, at VARCHAR(32) NOT NULL,
  codebook INTEGER NOT NULL, sampled VARCHAR(10), key VARCHAR(24) NOT NULL,
  PRIMARY KEY (number), FOREIGN KEY(text_id) REFERENCES texts (id),
  FOREIGN KEY(occurrence) REFERENCES occurrences (key));
CREATE UNIQUE INDEX answers ON annotations (key, at);
CREATE INDEX ix_annotations_text_id ON annotations (text_id);
CREATE TABLE sides (
  text_id VARCHAR(32) NOT NULL, "group" TEXT NOT NULL, side VARCHAR(8) NOT NULL,
  PRIMARY KEY (text_id), FOREIGN KEY(text_id) REFERENCES texts (id));
CREATE TABLE models (
  version VARCHAR(63) NOT NULL, at VARCHAR(32) NOT NULL, labels_hash VARCHAR(40) NOT NULL,
  base_model TEXT NOT NULL, PRIMARY KEY (version));
CREATE TABLE evaluations (
  number {serial} NOT NULL, version VARCHAR(63) NOT NULL, at VARCHAR(32) NOT NULL,
  data_hash VARCHAR(40) NOT NULL, gated INTEGER NOT NULL, report TEXT NOT NULL,
  PRIMARY KEY (number), FOREIGN KEY(version) REFERENCES models (version));
CREATE TABLE promotions (
  number {serial} NOT NULL, version VARCHAR(63) NOT NULL, at VARCHAR(32) NOT NULL,
  "by" TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (number), FOREIGN KEY(version) REFERENCES models (version))
"""
"""As the first release made its tables; `bundle_events` came later, without another number."""

ROWS = [
    made("a", {"war": "pro"}, id=1, annotator="ann", at=JAN, document="d", page=2),
    made("a", {"war": "con"}, id=1, annotator="bo", at=JAN, document="d", page=2),
    made("a", {"war": "con"}, id=1, annotator=ADJUDICATOR, at=FEB, document="d", page=2),
    made("b", {}, annotator="ann", at=JAN, sampled="random", lang="en", codebook=2),
]


@pytest.fixture
def old(url):
    """The URL of a database of schema 1 with rows in all its tables."""
    engine = sa.create_engine(url)
    serial = "SERIAL" if engine.dialect.name == "postgresql" else "INTEGER"
    with engine.begin() as connection:
        for statement in SCHEMA_1.format(serial=serial).split(";"):
            connection.exec_driver_sql(statement)
        for table, rows in first_release_rows().items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    engine.dispose()
    return url


def first_release_rows():
    place = ("id", "lang", "source", "document", "date")
    return {
        "settings": [
            {"name": "schema", "value": "1"},
            {"name": "codebook", "value": canonical(VIEWS.to_dict())},
        ],
        "texts": [{"id": row.text_id, "text": row.text} for row in (ROWS[0], ROWS[3])],
        "occurrences": [
            {"key": row.occurrence_key, "text_id": row.text_id, "meta": canonical(dict(row.meta))}
            | {name: getattr(row, name) for name in place}
            for row in (ROWS[0], ROWS[3])
        ],
        "annotations": [
            {
                "text_id": row.text_id, "occurrence": row.occurrence_key, "key": row.answer_key,
                "annotator": row.annotator, "frames": canonical(dict(row.frames)), "at": row.at,
                "codebook": row.codebook, "sampled": row.sampled,
            }
            for row in ROWS
        ],
        "sides": [{"text_id": ROWS[0].text_id, "group": "d", "side": "test"}],
        "models": [{"version": "v1", "at": JAN, "labels_hash": "l1:0", "base_model": "tiny"}],
        "evaluations": [
            {"version": "v1", "at": JAN, "data_hash": "h", "gated": 1, "report": "{}"}
        ],
        "promotions": [{"version": "v1", "at": JAN, "by": "ann", "reason": "first"}],
    }  # fmt: skip


def test_every_row_of_the_first_schema_is_carried_over(old):
    store = Store.open(old)
    assert list(store.rows()) == ROWS
    assert store.codebook == VIEWS
    with store.reading() as connection:
        for name, rows in first_release_rows().items():
            table = schema.metadata.tables[name]
            found = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            if name == "settings":
                rows = [{"name": "codebook", "value": rows[1]["value"]}]
                found = [row for row in found if row["name"] != "schema"]
            kept = [{key: row[key] for key in rows[0]} for row in found]
            assert sorted(map(canonical, kept)) == sorted(map(canonical, rows)), name


def test_the_adjudicators_old_answers_are_decisions(old):
    store = Store.open(old)
    with store.reading() as connection:
        kinds = {
            who: a.kind for who, a in latest(store.answers(connection))[ROWS[0].text_id].items()
        }
    assert kinds == {"ann": ANSWER, "bo": ANSWER, ADJUDICATOR: DECISION}


def test_migrated_rows_are_known_when_they_are_imported_again(old):
    assert Store.open(old).add(ROWS).stored == 0


@pytest.mark.parametrize("made_by", ["this release", "the first release"])
def test_tables_are_those_of_this_release(made_by, url, request):
    store = Store.open(url if made_by == "this release" else request.getfixturevalue("old"))
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
        number = sa.select(schema.settings.c.value).where(schema.settings.c.name == "schema")
        assert connection.execute(number).scalar() == str(schema.SCHEMA)


def test_every_schema_has_its_step():
    steps = sorted(path.stem for path in (database.MIGRATIONS / "versions").glob("*.py"))
    assert steps == [f"schema_{number:04}" for number in range(1, schema.SCHEMA + 1)]


def test_a_step_that_fails_leaves_the_old_database_as_it_was(old, monkeypatch):
    def create_all(*arguments, **options):
        raise sa.exc.OperationalError("create", {}, Exception("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr(schema.metadata, "create_all", create_all)
        with pytest.raises(StoreError, match="cannot open the database: disk full"):
            Store.open(old)
    engine = sa.create_engine(old)
    with engine.connect() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("annotations")}
        assert "kind" not in columns
        assert "alembic_version" not in sa.inspect(connection).get_table_names()
    engine.dispose()
    assert list(Store.open(old).rows()) == ROWS


OPENER = """
import sys
from labels.store import Store

print("ready", flush=True)
sys.stdin.readline()
print(len(list(Store.open(sys.argv[1]).rows())), "alembic" in sys.modules)
"""


def opener(url):
    return subprocess.Popen(
        [sys.executable, "-c", OPENER, url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def test_of_two_that_open_it_at_once_one_migrates(old):
    both = [opener(old) for _ in range(2)]
    for one in both:
        assert one.stdout.readline() == "ready\n"
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    said = sorted(one.communicate(timeout=60)[0].strip() for one in both)
    assert said == ["4 False", "4 True"]
