"""Shares of a corpus: read from files and tables, grouped, corrected, compared, and said."""

import json

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval.shares import SharesError, shares
from eval.shares.questions import read_question
from eval.shares.result import SCHEMA
from eval.shares.sample import Sample, from_rows
from eval.shares.tally import OWN, POOLED, UNCORRECTED
from labels.codebook import Codebook, Frame, Stance
from labels.rows import LabelledRow
from labels.text import text_id
from serving.corpus.writing import write_rows
from tests.eval.shares.corpora import scored

BOOK = Codebook("small", 1, (Frame("safety"),), (Stance("favor"), Stance("against")))
ROWS = [
    {"document": "a", "source": "Post", "date": "2024-01-31", "safety": "favor"},
    {"document": "a", "source": "Post", "date": "2024-01-31", "safety": None},
    {"document": "b", "source": "Post", "date": "2024-12-01", "safety": "against"},
    {"document": "c", "source": "Wire", "date": None, "safety": None},
]


def world(n=600, seed=0, sources=2):
    """Documents of five paragraphs and a classifier that misses half; its truth."""
    chance = np.random.default_rng(seed)
    truth = chance.random(n) < np.where(np.arange(n) // 5 % sources == 0, 0.4, 0.2)
    found = truth & (chance.random(n) < 0.5)
    rows = [
        {
            "text": f"paragraph {place}",
            "text_id": text_id(f"paragraph {place}"),
            "document": f"d{place // 5}",
            "source": f"outlet {place // 5 % sources}",
            "date": f"2024-{1 + place // 5 % 12:02}-15",
            "safety": "favor" if found[place] else None,
        }
        for place in range(n)
    ]
    return rows, truth


def sampled(truth, places, how="random"):
    rows = [
        LabelledRow(f"paragraph {p}", {"safety": "favor"} if truth[p] else {}, sampled=how)
        for p in places
    ]
    return from_rows(rows, BOOK)


def figure(found, by="all", group="all", stance=None, of="paragraphs"):
    (row,) = [row for row in found.of(by, stance, of) if row["group"] == group]
    return row


def test_what_is_counted_by_hand():
    found = shares(scored(ROWS), by=["month", "source", "source+year"], codebook=BOOK)
    whole = figure(found)
    assert (whole["paragraphs"], whole["documents"], whole["share"]) == (4, 3, 0.5)
    assert whole["correction"] == UNCORRECTED
    assert whole["low"] < 0.5 < whole["high"]
    assert figure(found, stance="favor")["share"] == 0.25
    assert figure(found, stance="favor", of="frame")["share"] == 0.5
    assert found.groups["month"] == ["2024-01", "2024-12"]
    assert figure(found, "source", "Wire")["share"] == 0
    assert found.groups["source+year"] == ["Post / 2024"]
    notes = " ".join(found.notes)
    assert "uncorrected: no labelled texts were given" in notes
    assert "1 paragraphs have no month" in notes


def test_rows_that_could_not_be_scored_are_left_out_and_counted():
    rows = [*ROWS, {"document": "d", "error": "too long", "safety": "favor"}]
    found = shares(scored(rows), codebook=BOOK)
    assert figure(found)["paragraphs"] == 4
    assert "1 of 5 rows could not be scored: left out" in found.notes


def test_a_row_counts_in_each_country_it_names():
    rows = [
        {"countries": ["FR", "CN", "FR"], "safety": "favor"},
        {"countries": ["CN"], "safety": None},
        {"countries": [], "safety": "favor"},
        {"countries": None, "safety": "favor"},
    ]
    found = shares(scored(rows), by="country", codebook=BOOK)
    assert [(r["group"], r["paragraphs"], r["share"]) for r in found.of("country")] == [
        ("CN", 2, 0.5), ("FR", 1, 1.0)
    ]  # fmt: skip
    crossed = shares(scored(rows), by="country+country", codebook=BOOK).groups["country+country"]
    assert crossed == ["CN / CN", "CN / FR", "FR / CN", "FR / FR"]


@pytest.mark.parametrize(
    "kind", ["parquet", "jsonl", "csv", "csv.gz", "jsonl.zst", "folder", "pandas", "polars"]
)
def test_every_way_in_gives_the_same_table(kind, tmp_path):
    table = scored([{**row, "countries": ["FR"], "safety": row["safety"]} for row in ROWS])
    expected = shares(table, by=["month", "country"], codebook=BOOK).table
    rows = table.to_pylist()
    kinds = dict.fromkeys(table.column_names, str) | {"safety": float, "safety:present": bool}
    if kind == "folder":
        (tmp_path / "parts").mkdir()
        pq.write_table(table.slice(0, 1), tmp_path / "parts" / "part-0.parquet")
        pq.write_table(table.slice(1), tmp_path / "parts" / "part-1.parquet")
        given = tmp_path / "parts"
    elif kind == "pandas":
        given = table.to_pandas()
    elif kind == "polars":
        given = pl.DataFrame(table)
    elif kind == "parquet":
        given = tmp_path / "scored.parquet"
        pq.write_table(table, given)
    else:
        plain = tmp_path / f"scored.{kind.split('.')[0]}"
        write_rows(plain, rows, kinds)
        given = tmp_path / f"scored.{kind}"
        if given != plain:
            packing = {"gz": "gzip", "zst": "zstd"}[kind.split(".")[1]]
            with pa.output_stream(given, compression=packing) as packed:
                packed.write(plain.read_bytes())
    assert shares(given, by=["month", "country"], codebook=BOOK).table.equals(expected)


def test_the_table_is_written_and_read_again(tmp_path):
    rows = [{**row, "source": "=cmd()"} for row in ROWS]
    found = shares(scored(rows), by="source", codebook=BOOK)
    found.write(tmp_path / "shares.parquet")
    assert pq.read_table(tmp_path / "shares.parquet").equals(found.table)
    found.write(tmp_path / "shares.csv")
    lines = (tmp_path / "shares.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].split(",") == SCHEMA.names
    assert any(line.startswith("source,'=cmd()") for line in lines)
    assert len(found.to_pandas()) == len(found.to_polars()) == len(lines) - 1
    with pytest.raises(SharesError, match=r"shares\.xlsx: the table is written as \.csv"):
        found.write(tmp_path / "shares.xlsx")


def test_labels_correct_a_classifier_that_misses_half():
    rows, truth = world(1500)
    labels = sampled(truth, np.random.default_rng(1).choice(1500, 500, replace=False))
    found = shares(scored(rows), by="source", labels=labels)
    whole = figure(found)
    assert whole["correction"] == OWN
    assert whole["counted_high"] < truth.mean() < whole["high"]
    assert whole["low"] < truth.mean()
    assert whole["labels"] == 500
    assert whole["halving"] == "more documents" or whole["labels_to_halve"] > 0
    assert figure(found, "source", "outlet 0")["correction"] == OWN


def test_more_labels_that_halve_the_interval_do_halve_it():
    rows, truth = world(30_000)
    order = np.random.default_rng(1).permutation(30_000)
    first = figure(shares(scored(rows), labels=sampled(truth, order[:300])))
    assert first["halving"] == "more labels"
    more = sampled(truth, order[: 300 + first["labels_to_halve"]])
    second = figure(shares(scored(rows), labels=more))
    ratio = (second["high"] - second["low"]) / (first["high"] - first["low"])
    assert ratio == pytest.approx(0.5, rel=0.08)


def test_groups_with_few_labels_are_pooled_and_said_to_be():
    rows, truth = world(2400, sources=20)
    labels = sampled(truth, np.random.default_rng(1).choice(2400, 300, replace=False))
    found = shares(scored(rows), by="source", labels=labels)
    assert {row["correction"] for row in found.of("source")} == {POOLED}
    assert any("20 of 20 groups have fewer than 50 labels" in note for note in found.notes)
    assert all(row["labels_to_halve"] is None for row in found.of("source"))


def test_only_labels_drawn_at_random_correct():
    rows, truth = world()
    suggested = sampled(truth, range(300), how="suggested")
    found = shares(scored(rows), labels=suggested)
    assert figure(found)["correction"] == UNCORRECTED
    assert "300 labelled texts are left out: chosen by a strategy" in found.notes
    unmarked = sampled(truth, range(300), how=None)
    assert unmarked.rows == ()
    assert unmarked.left_out["not marked as drawn at random"] == 300


def test_a_sample_of_one_outlet_alone_is_told_from_a_random_one():
    rows, truth = world()
    places = [place for place in range(600) if place // 5 % 2 == 0]
    notes = shares(scored(rows), by="source", labels=sampled(truth, places)).notes
    assert any("not spread over its groups as the paragraphs are" in note for note in notes)


def test_texts_the_model_was_trained_on_correct_nothing_and_are_counted():
    rows, truth = world()
    labels = sampled(truth, range(0, 600, 2))
    seen = frozenset([labels.rows[0].text_id, text_id("paragraph 1")])
    kept = Sample(BOOK, labels.rows[1:], {}, seen)
    found = shares(scored(rows), labels=kept)
    assert figure(found)["labels"] == 299
    assert any("2 paragraphs are texts that the model was trained on" in n for n in found.notes)


def test_a_label_counts_wherever_its_text_occurs():
    rows, truth = world()
    again = [{**rows[0], "document": "elsewhere"}, *rows]
    found = shares(scored(again), labels=sampled(truth, range(0, 600, 2)))
    assert figure(found)["labels"] == 300
    assert any("labelled texts occur 1 more times" in note for note in found.notes)


def test_labels_may_be_a_table_or_a_file(tmp_path):
    rows, truth = world()
    raw = [
        {"text": f"paragraph {p}", "frames": {"safety": "favor"} if truth[p] else {}}
        for p in range(0, 600, 3)
    ]
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, raw)), "utf-8")
    for labels in (file, pa.Table.from_pylist(raw)):
        found = shares(scored(rows), labels=labels, codebook=BOOK, all_random=True)
        assert figure(found)["labels"] == 200


def test_a_true_difference_is_proven_and_none_is_not():
    rows, truth = world(1500, seed=3)
    labels = sampled(truth, np.random.default_rng(1).choice(1500, 600, replace=False))
    asked = ["source=outlet 0 vs source=outlet 1", "date<2024-07 vs date>=2024-07"]
    found = shares(scored(rows), labels=labels, compare=asked).comparisons
    proven, none = found
    assert proven["high"] < 0
    assert proven["p_adjusted"] < 0.001
    assert proven["ratio_high"] < 1
    assert "where source=outlet 0" in proven["words"]
    assert "points fewer (95% interval" in proven["words"]
    assert none["low"] < 0 < none["high"]
    assert none["p_adjusted"] > 0.05
    assert "cannot be told from none" in none["words"]


def test_the_p_value_fits_the_interval():
    rows, _ = world(800)
    found = shares(scored(rows), codebook=BOOK, compare=["source=outlet 0 vs source=outlet 1"])
    (row,) = found.comparisons
    assert (row["p"] < 0.05) == (row["high"] < 0 or row["low"] > 0)
    assert row["correction"] == UNCORRECTED
    assert "its errors are in no interval" in row["words"]


def test_the_difference_of_differences_by_hand():
    table = []
    for source, year, hits in (("A", 1, 2), ("A", 2, 4), ("B", 1, 3), ("B", 2, 9)):
        table += [
            {"source": source, "date": f"202{year}-05-01", "safety": "favor" if n < hits else None}
            for n in range(10)
        ]
    asked = ["source=A vs source=B: year=2021 vs year=2022"]
    (row,) = shares(scored(table), codebook=BOOK, compare=asked).comparisons
    assert row["difference"] == pytest.approx((0.9 - 0.3) - (0.4 - 0.2))
    assert [side["share"] for side in row["sides"]] == [0.2, 0.4, 0.3, 0.9]


def test_sides_share_documents_and_the_interval_knows():
    """Two speakers in the same documents: their difference is surer than of strangers."""
    chance = np.random.default_rng(0)
    rows = []
    for document in range(60):
        rate = chance.random()
        for place in range(20):
            row = {"document": f"d{document}", "speaker": "XY"[place % 2]}
            rows.append({**row, "safety": "favor" if chance.random() < rate else None})
    asked = ["speaker=X vs speaker=Y"]
    apart = [{**row, "document": row["document"] + row["speaker"]} for row in rows]
    widths = []
    for own in (rows, apart):
        for number, row in enumerate(own):
            row["text_id"] = text_id(f"{number}")
        marks = [{"safety": "favor"} if row["safety"] else {} for row in own]
        answers = [LabelledRow(f"{p}", mark, sampled="random") for p, mark in enumerate(marks)]
        labels = from_rows(answers, BOOK)
        (found,) = shares(scored(own), labels=labels, compare=asked).comparisons
        assert found["correction"] == OWN
        widths.append(found["high"] - found["low"])
    assert widths[0] < 0.6 * widths[1]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("source=A", "must have two sides"),
        ("source vs source=B", "'source' in 'source vs source=B' is no condition"),
        ("a=1: b=2: c=3 vs c=4", "is no comparison"),
        ("a=1 vs a=2 vs a=3", "must have two sides"),
    ],
)
def test_what_is_no_comparison_is_refused(asked, said):
    with pytest.raises(SharesError, match=said):
        read_question(asked)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"compare": ["source=A vs source=Post"]}, "no paragraph has 'source=A'"),
        ({"compare": ["source=Post vs year=2024"]}, "3 paragraphs are on more than one side"),
        ({"by": "outlet"}, "there is no column 'outlet'"),
        ({"by": "name"}, "there is no column 'names', which 'name' is read from"),
    ],
)
def test_what_cannot_be_told_is_refused(given, said):
    with pytest.raises(SharesError, match=said):
        shares(scored(ROWS), codebook=BOOK, **given)


def test_what_is_no_scored_corpus_is_refused(tmp_path):
    with pytest.raises(SharesError, match="no column ends in ':present'"):
        shares(pa.table({"text": ["a"]}))
    with pytest.raises(SharesError, match="no scored file in this folder"):
        shares(tmp_path)
    with pytest.raises(SharesError, match="none of the 1 rows could be scored"):
        shares(scored([{"error": "broken"}]), codebook=BOOK)
    with pytest.raises(SharesError, match="several codebooks"):
        shares(scored([{"codebook": "small/1"}, {"codebook": "small/2"}]), codebook=BOOK)


def test_frames_without_stances():
    found = shares(scored(ROWS, stances=False), codebook=BOOK)
    assert [(row["stance"], row["share"]) for row in found.rows] == [(None, 0.5)]


def test_frames_and_stances_that_the_labels_do_not_know_are_refused():
    rows, truth = world(60)
    table = scored(rows, frames=("safety", "cooperation"))
    with pytest.raises(SharesError, match=r"scored for \['cooperation'\], which the labels' codeb"):
        shares(table, labels=sampled(truth, range(60)))
    mild = scored([{**row, "safety": row["safety"] and "mild"} for row in rows])
    with pytest.raises(SharesError, match=r"scored for \['mild'\]"):
        shares(mild, labels=sampled(truth, range(60)))


def test_dates_that_cannot_be_compared_are_on_no_side_and_counted():
    rows, _ = world(100)
    for row in rows[:30]:
        row["date"] = "31/01/2024"
    asked = "date<2024-07 vs date>=2024-07"
    found = shares(scored(rows), compare=asked.split("|"), codebook=BOOK)
    note = "30 paragraphs have a date such as '31/01/2024', which cannot be compared"
    assert any(one.startswith(note) for one in found.notes)
    for row in rows:
        row["date"] = "31/01/2024"
    with pytest.raises(SharesError, match="no date can be compared, such as '31/01/2024'"):
        shares(scored(rows), compare=[asked], codebook=BOOK)


def test_a_file_without_scores_among_others_is_told_of(tmp_path):
    pq.write_table(scored(ROWS), tmp_path / "a.parquet")
    errors = tmp_path / "a.parquet.errors.jsonl"
    errors.write_text('{"file": "x", "place": "line 1", "error": "too long"}\n', "utf-8")
    assert figure(shares(tmp_path, codebook=BOOK))["paragraphs"] == 4
    (tmp_path / "b.jsonl").write_text('{"text": "not scored"}\n', "utf-8")
    with pytest.raises(SharesError, match=r"1 rows up to number 5 have no column \['safety:prese"):
        shares(tmp_path, codebook=BOOK)
    (tmp_path / "b.jsonl").write_text('{"text": "not scored", "error": "why"}\n', "utf-8")
    assert shares(tmp_path, codebook=BOOK).corpus.errors == 1
