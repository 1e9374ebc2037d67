"""Runs `framescope` commands in processes of their own, forked from one that has loaded the
libraries: that takes longer than retraining with a tiny encoder does.

Each line of its input is JSON, the file for what the command prints and its words; each answer a
line: first the process's id, then the exit code, or minus the signal that ended it.
"""

import importlib
import json
import os
import sys

SLOW_TO_LOAD = (
    "torch", "transformers", "datasets", "sklearn.linear_model", "bentoml", "onnxscript",
    "evaluate", "eval.commands", "eval.retrain", "training.finetune", "training.export",
    "matplotlib.figure",
)  # fmt: skip


def main() -> None:
    import cli

    for name in SLOW_TO_LOAD:
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        log, words = json.loads(line)
        if (child := os.fork()) == 0:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.exit(cli.main(words))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
