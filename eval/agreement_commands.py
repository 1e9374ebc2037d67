"""What `framescope labels agreement` does."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eval.agreement_page import render
from labels.adjudication import read_texts
from labels.agreement import FEWEST, TIERS, Agreement, measure_shared, shared_answers, tier
from labels.agreement_parts import biases, by_pair, most_disputed, over_time
from labels.codebook import Codebook
from labels.commands import open_store
from labels.disk import written_whole
from labels.outcome import Outcome, counted, table

SHOWN, LISTED = 5, 30
"""Texts most disputed: how many are printed, and how many are in the JSON and on the page."""


def agreement(args: argparse.Namespace) -> Outcome:
    """Say how far the annotators agree, and where they do not; write the page where one is asked.

    Raises:
        WriteError: if the page cannot be written.
    """
    store = open_store(args)
    with store.reading() as connection:
        shared = shared_answers(store.answers(connection))
        disputed = most_disputed(shared, store.codebook, LISTED)
        texts = read_texts(connection, [one.text_id for one in disputed])
    whole = measure_shared(shared.values(), store.codebook)
    bias = biases(shared, store.codebook)
    data = {
        **whole.to_dict(),
        "codebook": {"name": store.codebook.name, "version": store.codebook.version},
        "tiers": {
            name: tier(one["value"], one["n"]) for name, one in _alphas(whole.to_dict()).items()
        },
        "meaning": TIERS,
        "pairs": [
            {"one": one, "other": other, **_part(found)}
            for (one, other), found in by_pair(shared, store.codebook).items()
        ],
        "over_time": [
            {"period": name, **_part(found)}
            for name, found in over_time(shared, store.codebook, args.batches).items()
        ],
        "bias": {
            name: {frame: asdict(one) for frame, one in own.items()} for name, own in bias.items()
        },
        "disputed": [{**asdict(one), "text": texts[one.text_id]} for one in disputed],
    }
    lines = list(_lines(data, store.codebook))
    if args.html:
        with written_whole(args.html) as file:
            file.write(render(data, store.codebook).encode("utf-8"))
        lines += ["", f"page: {args.html}"]
    return Outcome(data, "\n".join(lines))


def _part(found: Agreement) -> dict[str, Any]:
    made = found.to_dict()
    return {name: made[name] for name in ("texts", "frames", "stance")}


def _alphas(part: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Alpha of every frame, and of the stance where the codebook has stances."""
    return {**part["frames"], **({"stance": part["stance"]} if part["stance"] else {})}


def _lines(data: Mapping[str, Any], codebook: Codebook) -> Iterator[str]:
    yield (
        f"{counted(data['texts'], 'text')} answered by two or more of "
        f"{counted(len(data['annotators']), 'annotator')}, decisions left out"
    )
    yield ""
    rows = [("", "alpha", "95% interval", "units", "")]
    for name, one in _alphas(data).items():
        rows.append((name, *_cells(one), f"{one['n']:,}", data["tiers"][name]))
    yield from table(rows)
    words = "a frame's alpha is of whether it is marked"
    yield f"{words}, whatever its stance" if data["stance"] else words
    if few := [name for name, tier in data["tiers"].items() if tier == "too few"]:
        yield f"fewer than {FEWEST} units, too few to say: {', '.join(few)}"
    names = list(_alphas(data))
    for title, key, label in (("pair", "pairs", _pair), ("period", "over_time", _period)):
        if len(data[key]) > 1:
            yield ""
            parts = [(label(one), one) for one in data[key]]
            yield from table([(title, "texts", *names), *_rows(parts, names)])
    if data["bias"]:
        yield "\nhow much more often each marks a frame than the others on the same texts"
        yield from table(list(_bias_rows(data["bias"], codebook.frame_names)))
    if data["disputed"]:
        yield "\nmost disputed"
    for one in data["disputed"][:SHOWN]:
        yield f"  {one['text_id']}  {', '.join(one['frames'])}: {one['text'][:80]}"


def _cells(one: Mapping[str, Any]) -> tuple[str, str]:
    if one["value"] is None:
        return "undefined", ""
    interval = "" if one["low"] is None else f"{one['low']:.3f} to {one['high']:.3f}"
    return f"{one['value']:.3f}", interval


def _rows(
    parts: Sequence[tuple[str, Mapping[str, Any]]], names: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    for label, part in parts:
        found = _alphas(part)
        values = (
            "-" if found[name]["value"] is None else f"{found[name]['value']:.3f}" for name in names
        )
        yield (label, f"{part['texts']:,}", *values)


def _pair(part: Mapping[str, Any]) -> str:
    return f"{part['one']} and {part['other']}"


def _period(part: Mapping[str, Any]) -> str:
    return part["period"]


def _bias_rows(bias: Mapping[str, Any], frames: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield ("annotator", "texts", *frames)
    for name, own in bias.items():
        cells = (
            f"{one['value']:+.3f} ({one['low']:+.3f} to {one['high']:+.3f})" for one in own.values()
        )
        yield (name, f"{next(iter(own.values()))['n']:,}", *cells)
