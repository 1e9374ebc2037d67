"""Scores corpora with the predictor that counts, in processes forked from this one.

Each line of its input is JSON: output, input, the pause of a call in seconds. Each answer a line:
the process's id, and when it has ended its exit code, or minus the signal that ended it.
"""

import json
import os
import sys

from labels.errors import FramescopeError
from serving.corpus.spool import Limits
from tests.serving.corpus.fakes import Counting, run


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        out, given, pause = json.loads(line)
        if (child := os.fork()) == 0:
            try:
                run([given], out, Counting(pause=pause), limits=Limits(rows=20))
            except FramescopeError as error:
                print(error, file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
