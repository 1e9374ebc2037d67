"""The difference of two models as text."""

from collections.abc import Iterator, Mapping
from typing import Any

_NAME, _VALUE = 32, 38


def difference_text(found: Mapping[str, Any]) -> str:
    """Return what `training.difference.difference` found, as a table of the two models."""
    return "\n".join(line.rstrip() for line in _lines(found))


def changes_text(found: Mapping[str, int]) -> str:
    """Return what `training.difference.label_changes` counted, in one line."""
    return (
        "{added:,} texts added, {removed:,} removed, {relabelled:,} relabelled, "
        "{on_another_side:,} on another side".format(**found)
    )


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield _row("", found["a"], found["b"])
    yield from _labels(found["labels"])
    for title in ("about", "settings", "packages"):
        changes = found[title]
        if title != "about":
            yield from ("", title if changes else f"{title}: the same")
        for name, own in changes.items():
            yield _row(name, own["a"], own["b"])
    yield from ("", "thresholds")
    yield from (_numbers(name, own) for name, own in found["thresholds"].items())
    yield from ("", "macro-F1 on texts held out of training")
    for language, own in found["held_out"].items():
        yield _row(language, _held_out(own["a"]), _held_out(own["b"]), _change(own["difference"]))
    for own in found["evaluations"]:
        yield from _evaluation(own)
    if not found["evaluations"]:
        yield from ("", "not judged on the same data; judge both with: framescope evaluate")


def _labels(found: Mapping[str, Any]) -> Iterator[str]:
    a, b = found["a"], found["b"]
    yield _row("labels", a["hash"], b["hash"])
    for name in ("texts", "train", "test"):
        yield _row(name, f"{a[name]:,}", f"{b[name]:,}", f"{b[name] - a[name]:+,}")
    yield changes_text(found)


def _evaluation(found: Mapping[str, Any]) -> Iterator[str]:
    data = found["data"]
    yield from ("", f"judged on {data['name']}, n={data['n']} ({data['hash']})")
    for name, own in found["figures"].items():
        if own["a"] is not None or own["b"] is not None:
            yield _numbers(name.replace("_", " "), own)
    if found["paired"]:
        yield f"on the same texts: {found['paired']['verdict']}"


def _held_out(figures: Mapping[str, Any] | None) -> str:
    if figures is None or figures["macro_f1"] is None:
        return "-"
    return f"{figures['macro_f1']:.3f} (n={figures['n']})"


def _numbers(name: str, own: Mapping[str, float | None]) -> str:
    return _row(name, _number(own["a"]), _number(own["b"]), _change(own["difference"]))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _change(difference: float | None) -> str:
    return "" if difference is None else f"{difference:+.3f}"


def _row(name: str, a: object, b: object, change: str = "") -> str:
    return f"{name:{_NAME}}{a!s:{_VALUE}}{b!s:{_VALUE}}{change}"
