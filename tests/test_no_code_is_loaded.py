"""What is read from files, bundles and requests is data: nothing in the packages can run it."""

import ast
import shutil

import onnx
import pytest

from serving import backends, predictor, scorers
from serving.predictor import Predictor
from tests.test_structure import FILES, ROOT
from training.bundle import MANIFEST, BundleError

MODULES = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal", "code", "pty"}
CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load",
    "yaml.unsafe_load", "yaml.full_load", "torch.load", "runpy.run_path", "importlib.import_module",
    "pd.read_pickle", "joblib.load",
}  # fmt: skip
SETTINGS = {"shell": True, "allow_pickle": True, "trust_remote_code": True, "weights_only": False}


def faults(source: str) -> list[str]:
    """Return what in a program could run what it has read."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [name] if name in CALLS else []
            for given in node.keywords:
                if given.arg in SETTINGS and isinstance(given.value, ast.Constant):
                    wrong = given.value.value == SETTINGS[given.arg]
                    found += [f"{name}({given.arg})"] if wrong else []
    return found


ALLOWED = {"cli.py": ["importlib.import_module"] * 2}
"""The command line imports packages of its own, which it names itself."""


@pytest.mark.parametrize("path", [*FILES, ROOT / "cli.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_that_is_read_is_run(path):
    allowed = ALLOWED.get(path.relative_to(ROOT).as_posix(), [])
    assert faults(path.read_text("utf-8")) == allowed


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "eval(x)", "import yaml\nyaml.load(x)",
        "np.load(x, allow_pickle=True)", "run(x, shell=True)", "torch.load(x)",
        "AutoModel.from_pretrained(x, trust_remote_code=True)",
    ],
)  # fmt: skip
def test_the_check_sees_it(source):
    assert faults(source)


DATA = {".json", ".safetensors", ".onnx", ".parquet", ".md", ".txt", ".yaml"}
"""Kinds of files that hold data alone. `model.yaml` is BentoML's, who reads it safely."""


def test_a_bundle_holds_data_alone(trained):
    files = [path for path in trained.bundle.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        assert path.suffix in DATA, path
        begins = path.read_bytes()[:4]
        assert not begins.startswith((b"\x80", b"PK", b"#!", b"\x7fELF", b"MZ")), path
        assert not path.stat().st_mode & 0o111, path
        assert not path.is_symlink(), path


def test_its_graph_has_no_operators_of_its_own_and_reads_no_other_file(trained):
    graph = onnx.load(trained.bundle / backends.GRAPH, load_external_data=False)
    assert {node.domain for node in graph.graph.node} <= {"", "ai.onnx"}
    assert {one.domain for one in graph.opset_import} <= {"", "ai.onnx", "pkg.onnxscript.torch_lib"}
    assert not [one.name for one in graph.graph.initializer if one.external_data]


def test_no_file_of_a_bundle_is_opened_before_the_hashes_of_all_are_checked(
    trained, tmp_path, monkeypatch
):
    order = []

    def noted(owner, name):
        real = getattr(owner, name)

        def call(*arguments, **named):
            order.append(name)
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, call)

    noted(predictor, "read_manifest")
    noted(predictor, "verify")
    noted(predictor, "open_backend")
    noted(scorers.LinearModel, "read")
    Predictor.open(trained.bundle)
    assert order[:2] == ["read_manifest", "verify"]
    assert {"open_backend", "read"} <= set(order[2:])

    # The hash of one file is wrong: the others are not looked at either, and no engine is started.
    folder = tmp_path / "damaged"
    shutil.copytree(trained.bundle, folder)
    with (folder / "README.md").open("a", encoding="utf-8") as file:
        file.write("one more line")
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in (MANIFEST, "README.md"):
            path.write_bytes(b"\x80\x04no parser is to see this")
    order.clear()
    with pytest.raises(BundleError, match=r"damaged or missing files: .*README\.md"):
        Predictor.open(folder)
    assert order == ["read_manifest", "verify"]
