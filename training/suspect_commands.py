"""What `framescope labels suspects` does."""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labels.codebook import Codebook
from labels.commands import open_store
from labels.errors import LabelError
from labels.formats import TABLES
from labels.formats.files import write_rows
from labels.formats.sniff import format_of
from labels.home import Home
from labels.outcome import Outcome
from labels.rows import COLUMNS, frames_value
from labels.snapshot import Labelled, take
from labels.text import shortened
from training.config import TrainConfig
from training.logits import targets
from training.out_of_fold import FOLDS, champion_scores, out_of_fold
from training.progress import Progress
from training.registry import Registry
from training.suspects import (
    FEWEST,
    Suspect,
    frames_left_out,
    stances_left_out,
    suspect_frames,
    suspect_stances,
)

MISSING, UNWARRANTED, STANCE = "missing", "should not be there", "stance"
"""What may be wrong with a label: a frame it lacks, a frame it has, or a frame's stance."""

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked at and what is suspected, the surest first.

    left_out: a frame's name, or `stance`, to why nothing is said of it. by_champion: how many texts
    were scored by the champion, and not by the linear model.
    """

    rows: tuple[Labelled, ...]
    suspects: list[Suspect]
    left_out: Mapping[str, str]
    by_champion: int = 0


def suspects(args: Namespace) -> Outcome:
    """List the labels of the store that models which have not seen them contradict most.

    At most `args.n`, or with `args.by_frame` at most so many of each frame; with `args.out` they
    are also written as labelled rows, one for each text, with the reasons in `meta`.

    Raises:
        LabelError: if the store holds no labels, or the file cannot be written.
    """
    if args.out:
        format_of(args.out, args.format, TABLES)
    store = open_store(args)
    snapshot, codebook = take(store), store.codebook
    home = Home.find(args.home)
    if not snapshot.rows:
        raise LabelError(
            f"{home.folder} holds no resolved labels; import some with: framescope labels import"
        )
    found = find(snapshot.rows, codebook, Registry(home, store), Progress(args.quiet))
    shown = _first(found.suspects, args.n, args.by_frame)
    listed = [_described(one, found.rows[one.row], codebook) for one in shown]
    if args.out:
        _write(args, listed, {row.text_id: row for row in found.rows}, codebook)
    data = {
        "texts": len(found.rows),
        "by_champion": found.by_champion,
        "left_out": dict(found.left_out),
        "found": len(found.suspects),
        "suspects": listed,
        "out": args.out and str(args.out),
    }
    return Outcome(data, "\n".join(_lines(data, args.by_frame, codebook)))


def find(
    rows: tuple[Labelled, ...], codebook: Codebook, registry: Registry, progress: Progress
) -> Found:
    """Score all texts by models that have not seen them, and return what contradicts the labels.

    The champion's scores stand where its manifest keeps them, else those of linear models fitted on
    the other folds.
    """
    names = codebook.frame_names
    if len(rows) < 2 * FEWEST or len({row.group for row in rows}) < FOLDS:
        reason = f"{len(rows)} texts are labelled, at least {2 * FEWEST} are needed"
        return Found(
            rows, [], dict.fromkeys([*names, STANCE] if codebook.stances else names, reason)
        )
    gold = targets([row.frames for row in rows], codebook)
    scores, chances = out_of_fold(rows, codebook, TrainConfig().seed, progress)
    own = champion_scores(registry, codebook)
    kept = [place for place, row in enumerate(rows) if row.text_id in own]
    for place in kept:
        scores[place] = own[rows[place].text_id]
    left_out = frames_left_out(gold.frames, scores, names)
    looked_at = [place for place, name in enumerate(names) if name not in left_out]
    found = suspect_frames(gold.frames, scores, looked_at)
    if codebook.stances:
        if why := stances_left_out(gold.stances, chances, codebook.stance_names):
            left_out[STANCE] = why
        else:
            found += suspect_stances(gold.stances, chances)
    found.sort(key=lambda one: (one.quality, one.row, one.frame))
    return Found(rows, found, left_out, len(kept))


def _first(found: list[Suspect], most: int, by_frame: bool) -> list[Suspect]:
    if not by_frame:
        return found[:most]
    frames = sorted({one.frame for one in found})
    return [one for k in frames for one in [own for own in found if own.frame == k][:most]]


def _described(one: Suspect, row: Labelled, codebook: Codebook) -> dict[str, Any]:
    frame = codebook.frame_names[one.frame]
    stance = row.frames.get(frame)
    if one.instead is not None:
        instead, suspected = codebook.stance_names[one.instead], STANCE
        reason = f"{frame} is marked {stance}, more likely {instead}"
    else:
        instead, suspected = None, UNWARRANTED if frame in row.frames else MISSING
        marked = (
            "marked, probably wrongly" if frame in row.frames else "not marked, probably missing"
        )
        reason = f"{frame} is {marked}"
    return {
        "text_id": row.text_id,
        "id": row.id,
        "text": shortened(row.text, _SHOWN_CHARACTERS),
        "label": frames_value(row.frames, codebook),
        "frame": frame,
        "suspected": suspected,
        "stance": stance,
        "instead": instead,
        "score": round(one.score, 4),
        "quality": round(one.quality, 4),
        "reason": f"{reason} (score {one.score:.2f})",
    }


def _write(
    args: Namespace,
    listed: Sequence[dict[str, Any]],
    rows: Mapping[str, Labelled],
    codebook: Codebook,
) -> None:
    """One row for each text, in the order of the list; who answers is left open."""

    def values() -> Iterator[dict[str, Any]]:
        for key in dict.fromkeys(one["text_id"] for one in listed):
            row, own = rows[key], [one for one in listed if one["text_id"] == key]
            raw: dict[str, Any] = dict.fromkeys(COLUMNS)
            raw |= {name: getattr(row, name) for name in Labelled.__slots__ if name in raw}
            raw["frames"] = frames_value(row.frames, codebook)
            raw["codebook"] = codebook.version
            raw["meta"] = {
                "reason": "; ".join(one["reason"] for one in own),
                "quality": min(one["quality"] for one in own),
            }
            yield raw

    write_rows(args.out, values(), codebook, args.format)


def _lines(data: dict[str, Any], by_frame: bool, codebook: Codebook) -> Iterator[str]:
    listed = data["suspects"]
    by = f", {data['by_champion']:,} of them by the champion" if data["by_champion"] else ""
    yield f"{data['texts']:,} texts scored by models that have not seen their labels{by}"
    for name, reason in data["left_out"].items():
        yield f"{name}: nothing can be said: {reason}"
    yield f"{data['found']:,} decisions are probably wrong; the {len(listed):,} surest:"
    frame = None
    for one in listed:
        if by_frame and one["frame"] != frame:
            frame = one["frame"]
            yield f"\n{frame}"
        yield f"{one['quality']:.3f}  {one['text_id']}  {one['reason']}"
        label = one["label"] if isinstance(one["label"], dict) else dict.fromkeys(one["label"])
        said = ", ".join(f"{name} ({own})" if own else name for name, own in label.items())
        yield f"       label: {said or 'nothing'}; {one['text']}"
    if data["out"]:
        yield f"written to {data['out']}; correct labels there, and of the corrected rows make"
        yield "decisions: framescope labels import FILE --annotator adjudicator"
