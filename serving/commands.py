"""What `framescope score` and `framescope serve` do."""

import argparse
import os
import socket
import sys

from labels.errors import FramescopeError
from labels.home import Home
from labels.outcome import Outcome
from serving.access import BOUND_TO
from serving.files import score_files
from serving.first_start import needs_training, serve_and_train
from serving.predictor import Predictor
from training.progress import Progress


def score(args: argparse.Namespace) -> Outcome:
    """Score the texts of files."""
    predictor = Predictor.load(args.model, args.home)
    rows, errors = score_files(predictor, args.files, args.out, args.text, Progress(args.quiet))
    text = f"{rows} rows into {args.out}, scored by {predictor.model}"
    if errors:
        text += f"; {errors} of them could not be read: the column 'error' says why"
    return Outcome({"model": predictor.model, "rows": rows, "errors": errors}, text)


class ServeError(FramescopeError):
    """An address that cannot be served on."""


def serve(args: argparse.Namespace) -> Outcome:
    """Serve until stopped, in place of this process or, with `--train`, with training beside."""
    home = Home.find(args.home)
    _check_free(args.host, args.port)
    training = args.train and needs_training(home)
    os.environ["FRAMESCOPE_HOME"] = str(home.folder)
    os.environ["BENTOML_HOME"] = str(home.bentoml)
    os.environ[BOUND_TO] = args.host
    print(f"page and API on http://{args.host}:{args.port}", file=sys.stderr, flush=True)
    options = ["--host", args.host, "--port", str(args.port)]
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Framescope", *options]
    if not training:
        os.execv(sys.executable, command)
    recipe = ["--base-model", args.base_model] if args.base_model else []
    code = serve_and_train(command, args.host, args.port, home, recipe)
    return Outcome({"server": code}, "stopped", 1 if code else 0)


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
