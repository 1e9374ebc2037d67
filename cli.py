"""The command `framescope`. Each package says in `arguments.py` what its commands take.

Nothing else of a package is imported before one of its commands is called.
"""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 (an error), 2 (usage) or 3 (`retrain`: gate not passed)."""
    _offline()
    args = parser().parse_args(argv)
    from labels.errors import FramescopeError

    try:
        module, function = args.run.split(":")
        outcome = getattr(importlib.import_module(module), function)(args)
        said = json.dumps(outcome.data, ensure_ascii=False) if args.json else outcome.text
        print(said, file=sys.stderr if outcome.code == 1 and not args.json else sys.stdout)
        return outcome.code
    except FramescopeError as error:
        print(f"framescope: {error}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"framescope: {place}{error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("framescope: interrupted; nothing was left half-written", file=sys.stderr)
    return 1


def _offline() -> None:
    """No library may ask a model hub, or tell anyone what is done here."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_OFFLINE"):
        os.environ.setdefault(name, "1")
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"


def parser() -> argparse.ArgumentParser:
    """The whole command line; `docs/cli.md` is made from it."""
    top = argparse.ArgumentParser(
        prog="framescope", description="Reads how texts frame technology in world politics."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for package in ("labels", "training", "eval", "serving"):
        importlib.import_module(f"{package}.arguments").add_commands(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
