"""Runs `framescope` commands in processes of their own, forked from one that has loaded the
libraries: that takes longer than retraining with a tiny encoder does.

Each line of its input is JSON, the file for what the command prints and its words; each answer a
line: first the process's id, then the exit code, or minus the signal that ended it. A retraining
stops itself (SIGSTOP) as soon as a stage is written down; `stopped` is then the answer, and whoever
reads it lets it go on (SIGCONT) or kills it. So no stage is missed, however fast it is over.
"""

import importlib
import json
import os
import signal
import sys

SLOW_TO_LOAD = (
    "torch", "transformers", "datasets", "sklearn.linear_model", "bentoml", "onnxscript",
    "evaluate", "eval.commands", "eval.retrain", "training.finetune", "training.export",
    "matplotlib.figure",
)  # fmt: skip


def stop_at_each_stage() -> None:
    from training import retraining

    write, seen = retraining.write_state, [""]

    def write_and_stop(home, state):
        write(home, state)
        if state.state == retraining.RUNNING and state.stage != seen[-1]:
            seen.append(state.stage)
            os.kill(os.getpid(), signal.SIGSTOP)

    retraining.write_state = write_and_stop


def report(child: int) -> None:
    while True:
        status = os.waitpid(child, os.WUNTRACED)[1]
        if not os.WIFSTOPPED(status):
            print(os.waitstatus_to_exitcode(status), flush=True)
            return
        print("stopped", flush=True)


def main() -> None:
    import cli

    for name in SLOW_TO_LOAD:
        importlib.import_module(name)
    stop_at_each_stage()
    print("ready", flush=True)
    for line in sys.stdin:
        log, words = json.loads(line)
        if (child := os.fork()) == 0:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.exit(cli.main(words))
        print(child, flush=True)
        report(child)


if __name__ == "__main__":
    main()
