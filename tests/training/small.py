"""Small bundles without a model in them, for what only moves bundles about."""

from pathlib import Path

from tests.tiny import TWO
from training.bundle import Calibration, Decision, HeldOut, Manifest, Member, _hash
from training.bundle import write_manifest as write_bundle_manifest
from training.registry import Registry

MEMBER = Member(
    Calibration({"linear": (1.0,) * 2}, (0.0,) * 2, {"linear": 1.0}),
    (Decision(0.5, (0.5, 0.5)),) * 2,
    {},
)


def made(version: str, codebook=TWO) -> Manifest:
    """The manifest of a small bundle, made second after second, long ago."""
    created = f"2020-11-01T00:00:0{version[-1]}.000000+00:00"
    return Manifest(
        version, created, codebook, {"ensemble": MEMBER}, 256,
        f"l1:{version}", "t1:0", "tiny", {}, {}, "fp32", HeldOut((), ()),
    )  # fmt: skip


def writer(manifest: Manifest):
    """What training hands to `Registry.add`: it writes the bundle."""

    def write(folder: Path) -> None:
        (folder / "model.onnx").write_text(manifest.version)
        write_bundle_manifest(folder, manifest)

    return write


def signed(raw: dict) -> dict:
    """Return what a manifest says with its hash made anew, as a forger would."""
    raw = {name: value for name, value in raw.items() if name != "hash"}
    return {**raw, "hash": _hash(raw)}


def add(registry: Registry, version: str, codebook=TWO) -> Manifest:
    manifest = made(version, codebook)
    registry.add(manifest, writer(manifest))
    return manifest


def filled(registry: Registry, *promoted: str) -> Registry:
    """Add v1, v2 and v3, and promote some of them in order."""
    for version in ("v1", "v2", "v3"):
        add(registry, version)
    promote(registry, *promoted)
    return registry


def promote(registry: Registry, *versions: str) -> None:
    """Promote models in order."""
    for version in versions:
        registry.promote(version, "maria", "a reason")


def report(version: str, macro_f1: float, over: str | None = None, hash: str = "t1:0") -> dict:
    """What of a report others read: on 40 texts, with F1 of one frame, and the champion beside."""
    figure = {"value": macro_f1, "low": macro_f1 - 0.1, "high": macro_f1 + 0.1, "n": 40}
    champion = {"challenger": version, "champion": over, "n": 40, "macro_f1": figure}
    return {
        "model": version,
        "data": {"name": "frozen test part", "hash": hash, "n": 40},
        "frames": {"macro_f1": figure, "per_frame": {"markets": {"f1": figure}, "health": None}},
        "stance": None,
        "joint": {"micro_f1": figure},
        "calibration": {},
        "comparison": {"champion": over and {**champion, "verdict": f"better than {over}"}},
    }
