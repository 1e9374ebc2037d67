"""What `framescope labels adjudicate` does: it walks a person through the texts in dispute."""

import json
import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from labels.adjudication import Dispute, SettledError, decide, described, disputes
from labels.codebook import Codebook, Frame
from labels.commands import open_store
from labels.errors import LabelError
from labels.outcome import Outcome, counted
from labels.rows import Frames
from labels.store import Store

_WIDTH = 88
_SKIP, _STOP = "s", "q"


class _StopError(Exception):
    """The person has had enough, or there is no more input."""


class _SkipError(Exception):
    """The person leaves this text for later."""


def adjudicate(args: Namespace) -> Outcome:
    """Ask for a decision on each text in dispute; with `args.list` only list them.

    With `args.decide` store one decision, of the text of that id. What is decided is stored at
    once, so that the same command goes on where it was left.

    Raises:
        LabelError: if a decision cannot be stored, or nobody is there to ask.
    """
    store = open_store(args)
    if args.decide:
        return _decide_one(store, args)
    found = disputes(store)
    if args.list or args.json:
        data = [described(one, store, args.names) for one in found]
        lines = [f"{counted(len(found), 'text')} in dispute"]
        lines += [f"  {one.text_id}  {', '.join(one.frames)}: {one.text[:80]}" for one in found]
        return Outcome({"left": len(found), "disputes": data}, "\n".join(lines))
    decided = 0
    try:
        for number, one in enumerate(found, 1):
            print(f"\n{number} of {len(found)} {'-' * 60}", flush=True)
            try:
                frames = _ask(one, store.codebook, args.names)
            except _SkipError:
                continue
            try:
                decide(store, one.text_id, frames, args.by, only_disputed=True)
            except SettledError as error:
                print(f"not stored: {error}", flush=True)
                continue
            decided += 1
            print(f"decided: {_said(frames)}; {len(found) - decided} left", flush=True)
    except _StopError:
        pass
    left = len(disputes(store))
    return Outcome(
        {"decided": decided, "left": left},
        f"\n{counted(decided, 'decision')} stored, {counted(left, 'text')} left in dispute",
    )


def _decide_one(store: Store, args: Namespace) -> Outcome:
    if args.frames is None:
        raise LabelError("--decide needs --frames, as in --frames '{}'")
    try:
        frames = json.loads(args.frames)
    except ValueError as error:
        raise LabelError(f"--frames {args.frames!r} is not JSON: {error}") from error
    try:
        decide(store, args.decide, frames, args.by, seen=None if args.overrule else 0)
    except SettledError as error:
        raise LabelError(f"{error}; to decide all the same, give --overrule") from error
    left = len(disputes(store))
    text = f"decided: {_said(frames)}; {counted(left, 'text')} left in dispute"
    return Outcome({"decided": 1, "left": left}, text)


def _ask(dispute: Dispute, codebook: Codebook, names: bool) -> dict[str, str | None]:
    """Show a dispute and return the decision.

    Raises:
        _SkipError, _StopError: if the person says so.
    """
    print("\n".join(_shown(dispute, codebook)))
    _show_answers(dispute, names)
    decided = dict(dispute.agreed)
    for frame in codebook.frames:
        if frame.name in dispute.frames:
            stance = _ask_frame(frame, dispute, codebook)
            decided.pop(frame.name, None)
            if stance is not False:
                decided[frame.name] = stance
    return {name: decided[name] for name in codebook.frame_names if name in decided}


def _ask_frame(frame: Frame, dispute: Dispute, codebook: Codebook) -> Any:
    """Return the stance of a frame, None where there are no stances, or False: not there."""
    options = ["not there", *(codebook.stance_names or ("there",))]
    asked = ", ".join(f"{number} {option}" for number, option in enumerate(options))
    while True:
        print(f"{frame.name}: {asked}; w who said what, s skip, q stop", flush=True)
        given = sys.stdin.readline()
        answer = given.strip().casefold()
        if not given or answer == _STOP:
            raise _StopError
        if answer == _SKIP:
            raise _SkipError
        if answer == "w":
            _show_answers(dispute, names=True)
        elif answer.isdecimal() and int(answer) < len(options):
            place = int(answer) - 1
            if place < 0:
                return False
            return codebook.stance_names[place] if codebook.stances else None
        else:
            print(f"{answer!r} is none of these: 0 to {len(options) - 1}, w, s or q")


def _shown(dispute: Dispute, codebook: Codebook) -> Iterator[str]:
    yield textwrap.fill(dispute.text, _WIDTH)
    yield ""
    for frame in codebook.frames:
        if frame.name in dispute.frames:
            yield from _definition(frame)
    if dispute.agreed:
        yield f"agreed: {_said(dispute.agreed)}"


def _definition(frame: Frame) -> Iterator[str]:
    yield f"{frame.name}: {frame.definition}".rstrip(": ")
    if frame.claim:
        yield f"  claim: {frame.claim}"
    for head, entries in (("inside", frame.inside), ("outside", frame.outside)):
        yield from (f"  {head}: {entry}" for entry in entries)


def _show_answers(dispute: Dispute, names: bool) -> None:
    for number, (frames, name) in enumerate(
        zip(dispute.answers, dispute.annotators, strict=True), 1
    ):
        print(f"answer {number}{f', {name}' if names else ''}: {_said(frames)}")


def _said(frames: Frames | list[str]) -> str:
    if isinstance(frames, Mapping):
        found = [name if stance is None else f"{name} {stance}" for name, stance in frames.items()]
        return ", ".join(found) or "no frame"
    return ", ".join(frames) or "no frame"
