"""A first start: the linear baseline answers while a fine-tuned model is trained beside it."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from labels.errors import FramescopeError
from labels.home import Home
from labels.store import Store
from training.background import start
from training.bundle import BASELINE, read_manifest
from training.registry import Registry
from training.retraining import RetrainingError

BY = "framescope serve --train"
REASON = "the linear baseline, to answer until a fine-tuned model has passed the gate"

_LONGEST_START = 120.0
_LONGEST_END = 20.0


class FirstStartError(FramescopeError):
    """A first model that could not be trained."""


def needs_training(home: Home) -> bool:
    """Make sure that there is a champion, and return whether it is the linear baseline alone.

    Where there is none, the baseline is trained, in a process of its own that gives its memory
    back, and promoted.

    Raises:
        FirstStartError: if it cannot be trained; that process has said why.
        BundleError: if the champion's bundle cannot be read.
    """
    registry = Registry(home, Store.open(home.database))
    champion = registry.champion()
    if champion is None:
        said = "no model yet: first the linear baseline, in seconds; then, while it answers, more"
        print(said, file=sys.stderr, flush=True)
        words = ["train", "--linear", "--json", "--home", str(home.folder)]
        command = [sys.executable, "-m", "cli", *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise FirstStartError(
                "the linear baseline could not be trained, for the reason above; import labels, or "
                "start without --train"
            )
        # A retraining beside this one may have promoted a proven model meanwhile.
        champion = registry.promote_first(json.loads(done.stdout)["model"], BY, REASON)
    return read_manifest(registry.folder(champion)).main == BASELINE


def serve_and_train(
    server: Sequence[str], host: str, port: int, home: Home, recipe: Sequence[str] = ()
) -> int:
    """Run the command `server`, and retraining at low priority once it answers; both end together.

    Training goes on where it was ended before. A retraining that is under way already, by whoever
    started it, is left to itself. `recipe`: options of `framescope retrain`. Returns the server's
    exit code.
    """
    signal.signal(signal.SIGTERM, _end)
    running: list[subprocess.Popen] = [subprocess.Popen(server)]
    try:
        if _answers(running[0], host, port):
            running += _trained(home, recipe)
        return running[0].wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(_LONGEST_END)
            except subprocess.TimeoutExpired:
                process.kill()


def _trained(home: Home, recipe: Sequence[str]) -> list[subprocess.Popen]:
    try:
        return [start(home, recipe, shown=True)]
    except RetrainingError as error:
        print(f"not fine-tuned now: {error}", file=sys.stderr, flush=True)
        return []


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _answers(server: subprocess.Popen, host: str, port: int) -> bool:
    """Wait until the server answers; return whether it still runs."""
    deadline = time.monotonic() + _LONGEST_START
    while server.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.2)
    return server.poll() is None
