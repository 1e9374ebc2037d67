"""Models as files: from one state folder into another, and what is refused."""

import gzip
import hashlib
import io
import itertools
import json
import re
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.errors import FramescopeError
from labels.home import Home
from labels.starter import starter_rows
from labels.store import Store
from serving.predictor import Predictor
from tests.tiny import NINE, TWO
from tests.training.small import add, made, report, signed, writer
from training import archive, transfer
from training.archive import ArchiveError
from training.bundle import BundleError, read_manifest, verify
from training.prune import prune
from training.registry import Registry, RegistryError
from training.transfer import ABOUT, Imported, export_model, import_model


def empty(folder: Path, codebook=TWO) -> Registry:
    return Registry(Home.find(folder), Store.open("sqlite://", codebook))


@pytest.fixture
def other(tmp_path) -> Registry:
    return empty(tmp_path / "other")


@pytest.fixture
def file(registry, tmp_path) -> Path:
    """v1 in a file, with two reports."""
    add(registry, "v1")
    registry.record("v1", "t1:0", report("v1", 0.5))
    registry.conclude("v1", "t1:0", report("v1", 0.75), None, ("the gate", "first"))
    return export_model(registry, registry.bundle("v1"), tmp_path / "v1.tar.gz")


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def pack(file: Path, content: dict[str, bytes | tarfile.TarInfo]) -> Path:
    """Write an archive by hand: bytes, or a member as it is."""
    with tarfile.open(file, "w:gz") as tar:
        for name, own in content.items():
            if isinstance(own, tarfile.TarInfo):
                tar.addfile(own)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(own)
                tar.addfile(member, io.BytesIO(own))
    return file


def nothing_known(registry: Registry) -> bool:
    store = registry.folder("v1").parent
    bundles = [path for path in store.iterdir() if path.is_dir()] if store.exists() else []
    return registry.models() == [] and bundles == []


def test_the_copy_decides_as_the_original(trained, tmp_path):
    file = export_model(trained.registry(), trained.bundle, tmp_path)
    assert file == tmp_path / f"framescope-{trained.version}.tar.gz"
    home = Home.find(tmp_path / "elsewhere")
    done = import_model(Registry(home, Store.open(home.database)), file, "ann")
    assert done == Imported(trained.version, True, 1)
    texts = list(itertools.islice(dict.fromkeys(row.text for row in starter_rows()), 1000))
    copy = Predictor.load(trained.version, home.folder)
    answers = Predictor.load(home=trained.home).predict(texts)
    assert copy.predict(texts) == answers
    assert len({repr(answer) for answer in answers}) > 900


def test_what_was_known_of_a_model_comes_with_it_but_not_its_promotions(registry, file, other):
    assert import_model(other, file, "ann") == Imported("v1", True, 2)
    (theirs,), (ours,) = registry.models(), other.models()
    assert ours.imported
    assert replace(ours, imported=None) == theirs
    assert [own.report["frames"]["macro_f1"]["value"] for own in other.evaluations("v1")] == [
        0.5, 0.75,
    ]  # fmt: skip
    kept = [(own.at, own.data_hash) for own in registry.evaluations("v1")]
    assert [(own.at, own.data_hash) for own in other.evaluations("v1")] == kept
    # The gate of this state folder has not seen it yet.
    assert registry.gated("v1")
    assert not other.gated("v1")
    assert (other.champion(), other.history()) == (None, [])
    verify(other.bundle("v1"), read_manifest(other.bundle("v1")))
    other.promote("v1", "ann", "from the other machine")


def test_the_same_model_gives_the_same_bytes(registry, file, tmp_path, monkeypatch):
    (registry.folder("v1") / "model.onnx").chmod(0o600)
    monkeypatch.setattr("time.time", lambda: 1e9)
    again = export_model(registry, registry.bundle("v1"), tmp_path / "again.tgz")
    assert again.read_bytes() == file.read_bytes()


def test_an_unpacked_file_is_a_bundle(file, tmp_path):
    with tarfile.open(file) as tar:
        tar.extractall(tmp_path / "plain", filter="data")
    folder = tmp_path / "plain" / "v1"
    verify(folder, read_manifest(folder))


def test_importing_twice_changes_nothing(file, other):
    import_model(other, file, "ann")
    before = other.models()
    assert import_model(other, file, "maria") == Imported("v1", False, 0)
    assert other.models() == before
    assert len(other.evaluations("v1")) == 2


def test_a_version_with_other_content_is_refused(file, other):
    manifest = replace(made("v1"), packages={"torch": "9"})
    other.add(manifest, writer(manifest))
    words = "v1 is already here and has other content than the file; the model here is left"
    with pytest.raises(RegistryError, match=words):
        import_model(other, file, "ann")
    assert read_manifest(other.bundle("v1")).packages == {"torch": "9"}


def test_a_pruned_model_is_brought_back_by_the_same_file_only(registry, file, tmp_path):
    add(registry, "v2")
    registry.promote("v2", "maria", "better")
    assert set(prune(registry, "ann", keep=0).removed) == {"v1"}
    changed = members(file)
    changed["v1/manifest.json"] = changed["v1/manifest.json"].replace(b'"fp32"', b'"bf16"')
    with pytest.raises(RegistryError, match="v1 is already here and has other content"):
        import_model(registry, resealed(tmp_path / "other.tar.gz", changed), "ann")
    assert registry.entry("v1").pruned
    assert import_model(registry, file, "ann") == Imported("v1", True, 0)
    entry = registry.entry("v1")
    assert entry.imported
    assert not entry.pruned
    assert registry.rollback("ann") == "v1"
    assert registry.gated("v1")


def test_what_was_imported_after_the_champion_was_trained_is_not_pruned(registry, file, other):
    add(other, "v2")
    other.promote("v2", "maria", "first")
    import_model(other, file, "ann")
    assert prune(other, "ann", 0).removed == {}


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_damaged_bundle_is_restored(file, other, name):
    import_model(other, file, "ann")
    (other.folder("v1") / name).unlink()
    assert import_model(other, file, "ann").new
    verify(other.bundle("v1"), read_manifest(other.bundle("v1")))
    assert len(other.models()) == 1


def test_an_import_that_was_killed_can_be_repeated(file, other, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "make_known", killed)
        with pytest.raises(KeyboardInterrupt):
            import_model(other, file, "ann")
    assert other.models() == []
    (other.folder("v1") / "model.onnx").unlink()
    assert import_model(other, file, "ann").new
    verify(other.bundle("v1"), read_manifest(other.bundle("v1")))


def test_a_model_of_another_codebook_is_refused(file, tmp_path):
    registry = empty(tmp_path / "nine", NINE)
    with pytest.raises(RegistryError) as caught:
        import_model(registry, file, "ann")
    assert "v1 reads the codebook 'two-targets' with the frames ['markets', 'health']" in str(
        caught.value
    )
    assert "serves 'nine-topics'" in str(caught.value)
    assert nothing_known(registry)


def test_a_damaged_bundle_is_not_exported(registry, tmp_path):
    add(registry, "v1")
    (registry.folder("v1") / "model.onnx").write_text("other")
    out = tmp_path / "v1.tar.gz"
    with pytest.raises(BundleError, match=r"damaged or missing files: model\.onnx"):
        export_model(registry, registry.bundle("v1"), out)
    assert not out.exists()


@pytest.mark.parametrize("out", ["v1.zip", "no-such-folder"])
def test_an_export_goes_to_a_file_with_the_ending_or_into_a_folder(registry, tmp_path, out):
    add(registry, "v1")
    with pytest.raises(
        RegistryError, match=r"ends in \.tar\.gz or \.tgz, or a folder that is ther"
    ):
        export_model(registry, registry.bundle("v1"), tmp_path / out)
    assert not (tmp_path / out).exists()


def test_an_export_that_fails_leaves_the_earlier_file(registry, file, monkeypatch):
    before = file.read_bytes()

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(transfer, "write_archive", full)
    with pytest.raises(OSError, match="disk full"):
        export_model(registry, registry.bundle("v1"), file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.glob("*v1.tar*")] == ["v1.tar.gz"]


def resealed(path: Path, content: dict[str, bytes]) -> Path:
    """Pack changed members with the hashes that a forger would have them say."""
    about = json.loads(content[ABOUT])
    manifest = json.dumps(signed(json.loads(content["v1/manifest.json"]))).encode()
    content = {**content, "v1/manifest.json": manifest}
    about["manifest"] = hashlib.sha256(manifest).hexdigest()
    about["sizes"]["manifest.json"] = len(manifest)
    return pack(path, {**content, ABOUT: json.dumps(about).encode()})


def with_about(content: dict, **changes) -> dict:
    return {**content, ABOUT: json.dumps({**json.loads(content[ABOUT]), **changes}).encode()}


def link(name: str, kind: bytes, to: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


GRAPH = "v1/model.onnx"
FORGED = {
    "another file first": (
        lambda c: {"README": b"hello", **c},
        "not a model's archive: it has 'README' where framescope-model.json is due",
    ),
    "a file too many": (
        lambda c: {**c, "v1/extra": b"x"},
        "it also holds 'v1/extra', which is no part of it",
    ),
    "a file is missing": (
        lambda c: {k: v for k, v in c.items() if k != GRAPH},
        "it ends where v1/model.onnx is due",
    ),
    "a path out of the folder": (
        lambda c: {k if k != GRAPH else "v1/../../../escaped": v for k, v in c.items()},
        "it has 'v1/../../../escaped' where v1/model.onnx is due",
    ),
    "a symbolic link": (
        lambda c: {**c, GRAPH: link(GRAPH, tarfile.SYMTYPE, "/etc/passwd")},
        "v1/model.onnx is not a plain file but a link or a device",
    ),
    "a hard link": (
        lambda c: {**c, GRAPH: link(GRAPH, tarfile.LNKTYPE, ABOUT)},
        "is not a plain file but a link or a device",
    ),
    "a device": (
        lambda c: {**c, GRAPH: link(GRAPH, tarfile.CHRTYPE, "")},
        "is not a plain file but a link or a device",
    ),
    "other content of the same size": (
        lambda c: {**c, GRAPH: b"v9"},
        "damaged or missing files: model.onnx; export the model again",
    ),
    "a file longer than said": (
        lambda c: {**c, GRAPH: b"v1" * 99},
        "v1/model.onnx has 198 bytes, not the 2 it should have",
    ),
    "another manifest": (
        lambda c: {**c, "v1/manifest.json": b"{}"},
        "manifest.json is damaged",
    ),
    "a size beyond reason": (
        lambda c: with_about(c, sizes={"manifest.json": 1, "model.onnx": 10**15}),
        "1,000,000,000,000,001 bytes unpacked; at most 34,359,738,368 are taken in",
    ),
    "a size that is none": (
        lambda c: with_about(c, sizes={"manifest.json": 1, "model.onnx": -1}),
        "is damaged: ValueError('a size that is no number of bytes')",
    ),
    "files that the manifest does not name": (
        lambda c: with_about(c, sizes={"manifest.json": 1}),
        "not a model that framescope exported: its two parts disagree",
    ),
    "a newer format": (
        lambda c: with_about(c, format=2),
        "archive format 2; this release reads 1",
    ),
    "a version that is a path": (
        lambda c: with_about(c, version="../v1", evaluations=[]),
        "'../v1' is no version of a model",
    ),
    "a version that is an alias": (
        lambda c: with_about(c, version="champion", evaluations=[]),
        "'champion' is no version of a model",
    ),
    "not what it says": (
        lambda c: {**c, ABOUT: b"[" * 100_000},
        "framescope-model.json is damaged: RecursionError",
    ),
    "a report of another model": (
        lambda c: with_about(
            c, evaluations=[{"at": "2020-11-01T00:00:00.000000+00:00", "data_hash": "t1:0",
                             "report": report("v2", 0.9)}],
        ),
        "a report that is not of v1",
    ),
    "a report with no number": (
        lambda c: with_about(
            c, evaluations=[{"at": "2020-11-01T00:00:00.000000+00:00", "data_hash": "t1:0",
                             "report": {**report("v1", 0.9), "frames": {"macro_f1": {
                                 "value": "<b>", "low": 0, "high": 1, "n": 1}}}}],
        ),
        "a report with a figure that is no number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_archive_is_refused_in_one_line(kind, file, other, tmp_path):
    forge, words = FORGED[kind]
    forged = pack(tmp_path / "forged.tar.gz", forge(members(file)))
    with pytest.raises(ArchiveError) as caught:
        import_model(other, forged, "ann")
    assert str(caught.value).startswith(f"{forged}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert nothing_known(other)
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "a/../b", "a\\b", "model.yaml"])
def test_a_manifest_that_names_a_file_elsewhere_is_refused(name, file, other, tmp_path):
    content = members(file)
    manifest = json.loads(content["v1/manifest.json"])
    manifest["files"] = {name: manifest["files"]["model.onnx"]}
    content["v1/manifest.json"] = json.dumps(manifest).encode()
    graph = content.pop(GRAPH)
    content = with_about({**content, f"v1/{name}": graph}, sizes={name: 2})
    forged = resealed(tmp_path / "forged.tar.gz", content)
    with pytest.raises(ArchiveError, match=re.escape(f"the file name {name!r} is not allowed")):
        import_model(other, forged, "ann")
    assert nothing_known(other)


def test_a_header_that_claims_to_be_huge_is_not_read(other, tmp_path):
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        member = link("x", kind, "")
        member.size = 8 * 10**9
        forged = tmp_path / "forged.tar.gz"
        forged.write_bytes(gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(5120)))
        with pytest.raises(ArchiveError, match="a header of 8,000,000,000 bytes"):
            import_model(other, forged, "ann")


def test_a_first_file_that_is_huge_is_not_read(other, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_TEXT", 100)
    forged = pack(tmp_path / "forged.tar.gz", {ABOUT: bytes(101)})
    with pytest.raises(ArchiveError, match="has 101 bytes; at most 100 are read"):
        import_model(other, forged, "ann")


@pytest.mark.parametrize(
    "content", [b"", b"not an archive", gzip.compress(b"nor this" * 200, mtime=0)]
)
def test_a_file_of_another_kind_is_refused(content, other, tmp_path):
    path = tmp_path / "text.tar.gz"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="not a whole archive of a model"):
        import_model(other, path, "ann")


def test_a_full_disk_is_said_beforehand(file, other, monkeypatch):
    usage = SimpleNamespace(total=100, used=90, free=10)
    monkeypatch.setattr("training.transfer.shutil.disk_usage", lambda _: usage)
    with pytest.raises(RegistryError, match=r"bytes unpacked, and 10 are free in .* models prune"):
        import_model(other, file, "ann")
    assert nothing_known(other)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_or_does_no_harm(file, tmp_path, place, flip, cut):
    content = bytearray(file.read_bytes())
    at = int(place * len(content))
    if cut:
        del content[at:]
    else:
        content[at] ^= flip
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(content)
    into = tmp_path / "bundle"
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    try:
        with archive.opened(damaged) as found:
            bundle = transfer._head(found, transfer._about(found))
            transfer._unpack(found, bundle, into)
    except FramescopeError:
        return
    assert (into / "model.onnx").read_bytes() == b"v1"
    assert read_manifest(into) == replace(made("v1"), files=read_manifest(into).files)
