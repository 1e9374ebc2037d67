"""The rules of the house."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("labels", "training", "serving", "eval")
FILES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    own = PACKAGES.index(path.relative_to(ROOT).parts[0])
    assert not imported(path) & {*PACKAGES[own + 1 :], "cli", "tests"}


def test_the_check_of_imports_sees_imports():
    assert {"labels", "serving"} <= imported(ROOT / "eval" / "judge.py")


@pytest.mark.parametrize("path", [*FILES, ROOT / "cli.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= 300
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 45, f"{node.name} has {length} lines"


def test_serving_needs_no_training_libraries():
    heavy = "{'torch', 'transformers', 'sklearn', 'datasets', 'eval', 'pandas', 'matplotlib'}"
    loaded = "import sys, serving.service, serving.api, serving.live"
    code = f"{loaded}; sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_nothing_is_unpickled():
    for path in [*FILES, ROOT / "cli.py"]:
        assert not imported(path) & {"pickle", "joblib", "cloudpickle", "dill"}, path
        source = path.read_text("utf-8")
        assert not [call for call in ("torch.load(", "allow_pickle=True") if call in source], path


def test_top_level_is_what_the_project_says():
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    made = {"var", "reports", "framescope.egg-info", "build"}
    assert folders - made == {"labels", "training", "serving", "eval", "tests", "docs"}
