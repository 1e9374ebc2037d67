"""`framescope aggregate`, from files to table, page and words."""

import json

import pyarrow.parquet as pq

from cli import main
from labels.codebook import DEFAULT_CODEBOOK, load_codebook
from labels.home import Home
from labels.rows import LabelledRow
from labels.store import Store
from tests.eval.shares.corpora import scored
from tests.eval.shares.test_shares import world


def run(capsys, *words):
    code = main(["aggregate", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_from_files_to_everything(tmp_path, capsys):
    rows, truth = world(600)
    pq.write_table(scored(rows), tmp_path / "scored.parquet")
    labels = tmp_path / "labels.jsonl"
    lines = [
        {"text": f"paragraph {p}", "frames": {"safety": "favor"} if truth[p] else {},
         "sampled": "random"}
        for p in range(0, 600, 3)
    ]  # fmt: skip
    labels.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    code, out, _ = run(
        capsys, tmp_path / "scored.parquet", "--by", "month,source", "--labels", labels,
        "--compare", "source=outlet 0 vs source=outlet 1", "--out", tmp_path / "shares.csv",
        "--html", tmp_path / "page.html", "--svg", tmp_path / "figures",
    )  # fmt: skip
    assert code == 0
    assert "by source" in out
    assert "training texts of m1: the model is not in this state folder" in out
    assert (tmp_path / "page.html").exists()
    assert (tmp_path / "figures" / "overall.svg").exists()
    assert (tmp_path / "shares.csv").read_text("utf-8-sig").startswith("by,group,frame,stance,of,")


def test_the_store_gives_the_labels_that_are_drawn_at_random(tmp_path, capsys):
    rows, truth = world(600)
    pq.write_table(scored(rows), tmp_path / "scored.parquet")
    store = Store.open(Home.find().database, load_codebook(DEFAULT_CODEBOOK))
    store.add(
        LabelledRow(
            f"paragraph {p}", {"safety": "favor"} if truth[p] else {},
            sampled="random" if p % 2 else "suggested",
        )
        for p in range(300)
    )  # fmt: skip
    code, out, _ = run(capsys, tmp_path / "scored.parquet", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["shares"][0]["labels"] == 150
    assert data["shares"][0]["correction"] == "own"
    assert any(note.startswith("150 labelled texts are left out") for note in data["notes"])


def test_what_cannot_be_done_is_one_line(tmp_path, capsys):
    pq.write_table(scored(world(10)[0]), tmp_path / "scored.parquet")
    code, _, err = run(capsys, tmp_path / "scored.parquet", "--out", tmp_path / "shares.txt")
    assert code == 1
    assert err.count("\n") == 1
    assert "written as .csv or .parquet" in err
    code, _, err = run(capsys, tmp_path / "scored.parquet", "--all-random")
    assert "--all-random says something of the rows of --labels" in err
