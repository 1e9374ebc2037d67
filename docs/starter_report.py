"""Judges the champion on the starter corpus's own test part: `make starter-report`.

The report in docs/starter-report is of the starter model, so the champion must have been trained on
the starter corpus as it is, and on nothing of its test part.
"""

import argparse
from pathlib import Path

from docs.make import DOCS
from eval.bundles import judge_bundle
from eval.datasets import frozen_test_part
from eval.judge import JudgeError
from eval.lineage import trained_on
from eval.report import write_report
from labels.home import Home
from labels.starter import starter_rows
from labels.store import Store
from training.registry import Registry, find_bundle

OUT = DOCS / "starter-report"
COMMAND = "make starter-report"


def refresh(home: Path | None, out: Path = OUT) -> None:
    """Write the report. The split is drawn from hashes, so the test part is that of every store.

    Raises:
        RegistryError: if there is no champion.
        JudgeError: if the champion was trained on part of the starter corpus's test part.
    """
    found = Home.find(home)
    folder = find_bundle("champion", Registry(found, Store.open(found.database)))
    store = Store.open("sqlite://")
    store.add(starter_rows())
    data = frozen_test_part(store)
    if known := {row.text_id for row in data.rows} & trained_on(folder):
        raise JudgeError(
            f"{folder.name} was trained on {len(known)} texts of the starter corpus's test part; "
            "take a state folder that holds the starter corpus as it is"
        )
    judged = judge_bundle(
        folder, None, data.rows, "starter test part", COMMAND,
        answered=data.answered, registers=data.registers,
    )  # fmt: skip
    write_report(judged.report, out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, metavar="DIR", help="state folder (default: ./var)")
    refresh(parser.parse_args().home)
