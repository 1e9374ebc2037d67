"""What `framescope serve` does."""

import argparse
import os
import socket
import sys

from labels.errors import FramescopeError
from labels.home import Home
from labels.outcome import Outcome
from serving.arguments import BOUND_TO
from serving.overload import Limits

LONGEST_STOP = 7
"""Seconds that requests have to finish when the service is told to stop."""


class ServeError(FramescopeError):
    """An address that cannot be served on."""


def serve(args: argparse.Namespace) -> Outcome:
    """Serve until stopped, in place of this process or, with `--train`, with training beside.

    What only training needs is imported for it alone: all of it again comes in the service's start.
    """
    home = Home.find(args.home)
    _check_free(args.host, args.port)
    Limits.from_environment()  # says so before the service is started
    training = args.train and _needs_training(home)
    os.environ["FRAMESCOPE_HOME"] = str(home.folder)
    os.environ["BENTOML_HOME"] = str(home.bentoml)
    os.environ[BOUND_TO] = args.host
    print(f"page and API on http://{args.host}:{args.port}", file=sys.stderr, flush=True)
    # In a container BentoML replaces no worker that died, and the process above goes on without.
    os.environ.pop("BENTOML_CONTAINERIZED", None)
    options = ["--host", args.host, "--port", str(args.port)]
    options += ["--timeout-graceful-shutdown", str(LONGEST_STOP)]
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Framescope", *options]
    if not training:
        os.execv(sys.executable, command)
    from serving.first_start import serve_and_train

    recipe = ["--base-model", args.base_model] if args.base_model else []
    code = serve_and_train(command, args.host, args.port, home, recipe)
    return Outcome({"server": code}, "stopped", 1 if code else 0)


def _needs_training(home: Home) -> bool:
    from serving.first_start import needs_training

    return needs_training(home)


def _check_free(host: str, port: int) -> None:
    """BentoML itself would wait for ever for an address that it cannot have."""
    if not 0 < port < 2**16:
        raise ServeError(f"no port {port}; ports go from 1 to {2**16 - 1}: give another --port")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(found[0][4])
    except OSError as error:
        raise ServeError(
            f"cannot serve on {host}:{port}: {error.strerror}; give another --host or --port"
        ) from error
