"""The built bento: packed without a network, and serving from its own folder."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.conftest import free_port

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def bento(tmp_path_factory) -> Path:
    if shutil.which("uv", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("bentoml build needs uv: install the development dependencies")
    out = tmp_path_factory.mktemp("bento") / "home"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", "build", str(ROOT), "--output", "tag"],
        cwd=ROOT,
        env={**os.environ, "BENTOML_HOME": str(out), "BENTOML_DO_NOT_TRACK": "True", "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    name, version = done.stdout.strip().splitlines()[-1].removeprefix("__tag__:").split(":")
    return out / "bentos" / name / version


def test_it_holds_the_service_and_no_labels(bento):
    files = {path.relative_to(bento / "src").as_posix() for path in bento.glob("src/**/*.*")}
    assert {"serving/service.py", "serving/page/index.html", "labels/codebook.yaml"} <= files
    unwanted = ("tests/", "var/", "labels/starter/", "eval/")
    assert not [name for name in files if name.startswith(unwanted)]


def test_it_names_what_it_needs_to_serve(bento):
    assert "torch" not in (bento / "env/python/requirements.txt").read_text("utf-8")
    assert yaml.safe_load((bento / "bento.yaml").read_text("utf-8"))["name"] == "framescope"


def test_its_versions_are_those_that_are_tested():
    packages = yaml.safe_load((ROOT / "bentofile.yaml").read_text("utf-8"))["python"]["packages"]
    pinned = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert set(packages) <= set(pinned)


NOT_THERE = """\
import sys


class NotThere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names}:
            raise ModuleNotFoundError(f"no {{name}} where a bento is served", name=name)


sys.meta_path.insert(0, NotThere())
"""
ABSENT = (
    "torch", "transformers", "sklearn", "datasets", "evaluate", "pandas", "matplotlib", "pyarrow",
    "scipy", "cleanlab", "onnx", "openvino_telemetry", "openpyxl", "eval", "cli",
)  # fmt: skip
"""What the tests have installed and a bento has not, or must not import."""


def test_it_serves_without_what_training_needs(bento, trained_copy, tmp_path):
    port = free_port()
    (tmp_path / "without").mkdir()
    code = NOT_THERE.format(names=set(ABSENT))
    (tmp_path / "without" / "sitecustomize.py").write_text(code, "utf-8")
    environment = {
        **os.environ, "FRAMESCOPE_HOME": str(trained_copy.home), "BENTOML_DO_NOT_TRACK": "True",
        "PYTHONPATH": str(tmp_path / "without"),
    }  # fmt: skip
    trial = subprocess.run(
        [sys.executable, "-c", "import torch"], env=environment, cwd=tmp_path, capture_output=True
    )
    assert trial.returncode == 1
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bentoml", "serve", str(bento), "--port", str(port)],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, tmp_path / "log")
        answer = httpx.post(f"{url}/score", json={"texts": ["Both sides agreed."]}, timeout=30)
        assert answer.json()["model"] == trained_copy.version
        assert "frames" in answer.json()["results"][0]
        assert "ONNX Runtime scores instead" not in (tmp_path / "log").read_text("utf-8")
        read = httpx.post(f"{url}/documents", json={"content": "# A\n\nBoth agreed."}, timeout=30)
        assert read.json()["paragraphs"][1]["result"]["frames"]
        # Bound by BentoML itself, it cannot know that only this machine reaches it.
        body = {"annotations": [{"text": "x", "frames": {}}]}
        assert httpx.post(f"{url}/labels", json=body, timeout=30).status_code == 403
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text("utf-8")
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(log.read_text("utf-8"))
