"""`framescope drift`, from what `framescope score` writes to figures, page and texts to label."""

import itertools
import json

import pyarrow.parquet as pq
import pytest

import cli
from eval.drift.sample import DriftError, read_reference, read_scored
from labels.formats.files import read_labels
from labels.starter import starter_rows
from labels.text import normalise
from training.bundle import read_manifest
from training.registry import find_bundle


@pytest.fixture(scope="module")
def rows():
    """Texts that the tiny model was not trained on, three to a document, and some that it was."""
    found = dict.fromkeys(row.text for row in itertools.islice(starter_rows(), 600, 900))
    fresh = [
        {"text": text, "document": f"d{k // 3}", "outlet": "wire"}
        for k, text in enumerate(list(found)[:90])
    ]
    known = dict.fromkeys(row.text for row in itertools.islice(starter_rows(), 40))
    return [*fresh, *({"text": text} for text in known)]


@pytest.fixture(scope="module")
def scored(rows, trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored")
    pool = folder / "pool.jsonl"
    pool.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    for kind in ("parquet", "csv", "jsonl"):
        out = str(folder / f"scored.{kind}")
        words = ["score", str(pool), "--out", out, "--quiet", "--home", str(trained.home)]
        assert cli.main(words) == 0
    return folder


@pytest.fixture
def run(trained_copy, capsys):
    def run(*arguments, code=0):
        capsys.readouterr()
        words = [*map(str, arguments), "--quiet", "--home", str(trained_copy.home)]
        assert cli.main(["drift", *words]) == code
        return capsys.readouterr()

    return run


def test_the_same_figures_from_every_format(run, scored):
    parquet, csv, jsonl = (
        json.loads(run(scored / f"scored.{kind}", "--json").out)
        for kind in ("parquet", "csv", "jsonl")
    )
    assert parquet == csv == jsonl
    # Of the known ones, those on the test side were not trained on.
    assert parquet["known"] > 15
    assert parquet["texts"]["here"] == parquet["rows"] - parquet["known"] >= 90


def test_the_page_and_the_file_say_the_verdict(run, scored, tmp_path):
    said = run(
        scored / "scored.parquet", "--out", tmp_path / "a.json", "--html", tmp_path / "a.html"
    ).out
    report = json.loads((tmp_path / "a.json").read_text("utf-8"))
    page = (tmp_path / "a.html").read_text("utf-8")
    assert report["verdict"]["words"] in said
    assert report["verdict"]["words"] in page
    assert page.count("<svg") == 1 + len(report["frames"])
    assert "https://" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_what_to_label_first_can_be_labelled(run, scored, rows, trained_copy, tmp_path):
    out = tmp_path / "first.jsonl"
    assert (
        "12 texts to label first"
        in run(scored / "scored.parquet", "--suggest", 12, "--to", out).out
    )
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    given = {normalise(row["text"]): row for row in rows}
    assert len({row["document"] for row in found}) == 12  # one of each before a second of any
    for row in found:
        assert given[normalise(row["text"])].items() <= row.items()
        assert row["sampled"] == "suggested"
        assert "more unlike than" in row["why"]
        assert "sovereignty" not in row
    for row in found:
        row["frames"] = {}
    out.write_text("\n".join(map(json.dumps, found)), "utf-8")
    read = read_labels(out, trained_copy.registry().store.codebook)
    assert {row.sampled for row in read} == {"suggested"}


def test_rows_without_a_document_have_a_page_with_what_to_label_first(run, scored, tmp_path):
    table = pq.read_table(scored / "scored.parquet").drop_columns("document")
    pq.write_table(table, tmp_path / "plain.parquet")
    page, first = tmp_path / "a.html", tmp_path / "first.jsonl"
    run(tmp_path / "plain.parquet", "--suggest", 3, "--to", first, "--html", page)
    assert json.loads(first.read_text("utf-8").splitlines()[0])["why"] in page.read_text("utf-8")


def test_errors_name_the_way_out(run, scored, tmp_path, rows):
    table = pq.read_table(scored / "scored.parquet")
    pq.write_table(table.slice(0, 20), tmp_path / "few.parquet")
    assert "at least 30 texts of 10 documents" in run(tmp_path / "few.parquet", code=1).err
    other = table.set_column(table.column_names.index("model"), "model", [["another"] * len(table)])
    pq.write_table(other, tmp_path / "other.parquet")
    assert "scored by another, not by" in run(tmp_path / "other.parquet", code=1).err
    pq.write_table(table.drop_columns("safety:present"), tmp_path / "less.parquet")
    assert "no column safety:present" in run(tmp_path / "less.parquet", code=1).err
    pq.write_table(table.slice(0, 60), tmp_path / "first.parquet")
    pq.write_table(table.slice(60).drop_columns("safety:present"), tmp_path / "rest.parquet")
    assert (
        "no column safety:present"
        in run(tmp_path / "first.parquet", tmp_path / "rest.parquet", code=1).err
    )
    pq.write_table(table.drop_columns("text"), tmp_path / "bare.parquet")
    assert "--text" in run(tmp_path / "bare.parquet", code=1).err
    assert "go together" in run(scored / "scored.parquet", "--suggest", 3, code=1).err
    said = run(scored / "scored.parquet", "--suggest", 3, "--to", "next.doc", code=1).err
    assert "end the name in one of" in said


def test_texts_are_drawn_alike_whatever_the_order_of_rows(scored, trained, tmp_path):
    folder = find_bundle("champion", trained.registry())
    reference = read_reference(folder, read_manifest(folder), seed=1, most=50)
    assert len(reference.texts) == 50
    assert not reference.texts.truncated.all()
    table = pq.read_table(scored / "scored.parquet")
    shuffled = table.take(list(reversed(range(len(table)))))
    pq.write_table(shuffled, tmp_path / "shuffled.parquet")
    one, other, seed = (
        read_scored([path], None, reference, seed=seed, most=40).texts.texts
        for path, seed in (
            (scored / "scored.parquet", 1), (tmp_path / "shuffled.parquet", 1),
            (scored / "scored.parquet", 2),
        )
    )  # fmt: skip
    assert len(one) == 40
    assert one == other
    assert set(one) != set(seed)
    with pytest.raises(DriftError, match="at least 30 texts"):
        read_scored([scored / "scored.parquet"], None, reference, seed=1, most=20)


def test_a_part_of_which_nothing_is_drawn_is_passed_over(run, scored):
    once = json.loads(run(scored / "scored.parquet", "--json").out)
    twice = json.loads(run(scored / "scored.parquet", scored / "scored.csv", "--json").out)
    assert twice["rows"] == 2 * once["rows"]
    assert twice["texts"] == once["texts"]
