"""What operators are given: two replicas behind nginx on PostgreSQL, figures, alerts, commands."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import httpx
import pytest
import yaml

from labels.home import Home
from labels.store import Store
from tests.conftest import ROOT, Service, Trained, free_port, start_service, stop_service
from tests.labels import postgres
from tests.serving.processes import children
from training.bundle import MANIFEST, read_manifest, write_manifest
from training.registry import Registry

FILES = ROOT / "docs" / "operations"
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
TOKEN = "operators-token"


@dataclass
class Team:
    """nginx at `url`, before two replicas; what the commands of the page printed."""

    url: str
    replicas: list[Service]
    printed: str
    database: str
    state: Path

    def ask(self, method: str, path: str, **options) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.request(method, self.url + path, headers=headers, timeout=60, **options)


@pytest.fixture(scope="module")
def team(trained, tmp_path_factory) -> Iterator[Team]:
    server, nginx = (
        postgres.programs(),
        shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"),
    )
    if server is None or nginx is None:
        pytest.skip("needs nginx and PostgreSQL's server: install both")
    folder = tmp_path_factory.mktemp("team")
    state, logs = folder / "state", [folder / "log1", folder / "log2"]
    with ExitStack() as stack:
        url = stack.enter_context(postgres.server(server))()
        printed = set_up(BLOCKS[0], url, trained.home, state)
        more = {"FRAMESCOPE_DATABASE": url, "FRAMESCOPE_TOKEN": TOKEN}
        with ThreadPoolExecutor(2) as pool:
            replicas = list(pool.map(lambda log: start_service(state, log, **more), logs))
        for one in replicas:
            stack.callback(stop_service, one)
        front = stack.enter_context(behind(nginx, replicas, folder))
        yield Team(front, replicas, printed, url, state)


def set_up(commands: str, database: str, trained: Path, state: Path) -> str:
    """Run the page's commands that bring a champion to the team's database."""
    known = "postgresql+psycopg://framescope:PASSWORD@127.0.0.1/framescope"
    assert known in commands
    commands = commands.replace(known, f"'{database}'")
    return run(commands, state.parent, FRAMESCOPE_HOME=str(trained))


def run(commands: str, folder: Path, **environment: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", commands], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def behind(nginx: str, replicas: list[Service], folder: Path) -> Iterator[str]:
    """Run nginx with the configuration that is given, on a free port."""
    port, config = free_port(), (FILES / "nginx.conf").read_text("utf-8")
    for number, one in enumerate(replicas, start=1):
        named = f"framescope-{number}:3000"
        assert named in config
        config = config.replace(named, one.url.removeprefix("http://"))
    config = config.replace("listen 8080", f"listen 127.0.0.1:{port}")
    config = config.replace("/tmp/nginx", str(folder / "nginx"))
    if os.geteuid() == 0:
        config = f"user root;\n{config}"  # its workers write below a folder of root's
    (folder / "nginx.conf").write_text(config, "utf-8")
    command = [nginx, "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            assert process.poll() is None, (folder / "nginx.log").read_text("utf-8")
            try:
                httpx.get(f"{url}/livez")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def test_the_commands_of_the_page_run(team, tmp_path, trained):
    assert re.search(r"\bfs_[\w-]{43}", team.printed)  # the token, shown once
    commands = BLOCKS[1].replace("http://127.0.0.1:8080", team.url)
    printed = run(commands.replace("http://127.0.0.1:3000", team.replicas[0].url), tmp_path)
    assert trained.version in printed
    assert "framescope_model_info{" in printed


def test_replicas_agree_on_labels_and_champion(team, trained):
    rows = [{"text": f"A text of the team, {n}.", "frames": {"safety": "favor"}} for n in range(6)]
    for row in rows:
        assert team.ask("POST", "/labels", json={"annotations": [row]}).status_code == 200
    for one in team.replicas:
        found = one.get("/labels", headers={"authorization": f"Bearer {TOKEN}"}).json()
        assert {row["text"] for row in rows} <= {row["text"] for row in found["annotations"]}
        assert one.get("/model").json()["model"] == trained.version
    assert team.ask("GET", "/metrics").status_code == 404
    assert httpx.post(f"{team.url}/labels", json={"annotations": rows}).status_code == 401


def test_what_nginx_does_not_pass_on_is_bounded(team):
    large = httpx.post(f"{team.url}/documents", content=b" " * 22 * 2**20, timeout=60)
    assert large.status_code == 413


CLIENTS = 8
PAUSE = 0.2
"""Seconds between a client's requests: together fewer than nginx lets one address send."""


@dataclass
class Asked:
    """One request: when it began and ended, its route, its status and the model that answered."""

    began: float
    ended: float
    path: str
    status: int
    model: str | None


@dataclass
class Load:
    """Requests from several clients, through nginx: texts to score and, of every fifth, labels."""

    team: Team
    asked: list[Asked] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._ask, number) for number in range(CLIENTS)]
            try:
                yield
            finally:
                self.done.set()
            for one in clients:
                one.result()

    def _ask(self, client: int) -> None:
        for number in count():
            if self.done.wait(PAUSE):
                return
            path, body = "/score", {"texts": ["Both sides agreed.", f"Client {client}, {number}."]}
            if number % 5 == 4:
                row = {"text": f"Label {number} of client {client}.", "frames": {}}
                path, body = "/labels", {"annotations": [row]}
            began = time.monotonic()
            answer = self.team.ask("POST", path, json=body)
            model = answer.json().get("model") if answer.status_code == 200 else None
            ended = time.monotonic()
            self.asked.append(Asked(began, ended, path, answer.status_code, model))

    @property
    def failed(self) -> list[Asked]:
        return [one for one in self.asked if one.status != 200]


def put_second_model(trained: Trained, url: str, state: Path) -> str:
    """Add the team's champion once more under another version, as a second model."""
    registry = Registry(Home(state), Store.open(url))
    manifest = read_manifest(trained.bundle)
    second = replace(manifest, version=f"{manifest.version}-second")

    def write(folder: Path) -> None:
        skipped = shutil.ignore_patterns(MANIFEST, "model.yaml")
        shutil.copytree(trained.bundle, folder, dirs_exist_ok=True, ignore=skipped)
        write_manifest(folder, second)

    registry.add(second, write)
    registry.store.engine.dispose()
    return second.version


def test_a_promotion_under_load_reaches_both_replicas_and_fails_no_request(team, trained, tmp_path):
    second, load = put_second_model(trained, team.database, team.state), Load(team)
    with load.running():
        time.sleep(1)
        promote = f"framescope models promote {second} --home {team.state} --reason 'a second one'"
        run(promote, tmp_path, FRAMESCOPE_DATABASE=team.database)
        promoted = time.monotonic()
        while {one.get("/model").json()["model"] for one in team.replicas} != {second}:
            assert time.monotonic() < promoted + 30, "a replica did not take up the promotion"
            time.sleep(0.1)
        swapped = time.monotonic()
        time.sleep(2)
    assert not load.failed
    models = {one.model for one in load.asked if one.path == "/score"}
    assert models == {trained.version, second}
    late = [one.model for one in load.asked if one.path == "/score" and one.began > swapped]
    assert len(late) >= CLIENTS
    assert set(late) == {second}
    # The look is every two seconds; the rest is for loading, on a machine that does other things.
    assert swapped - promoted < 20


def test_a_replica_that_is_killed_under_load_costs_no_request_but_labels_in_flight(team):
    """The last test of the team: it ends with one replica."""
    load = Load(team)
    with load.running():
        time.sleep(2)
        first = team.replicas[0].process.pid
        killed = time.monotonic()
        for process in (first, *children(first)):
            os.kill(process, signal.SIGKILL)
        time.sleep(4)
    assert sum(one.began > killed for one in load.asked) > 2 * CLIENTS
    # Scoring changes nothing and is asked again. Labels may have been stored, so nginx does not.
    for one in load.failed:
        assert one.path == "/labels"
        assert one.began <= killed <= one.ended
    # Whoever asked for labels to be stored and was told so finds them.
    (left,) = team.replicas[1:]
    found = left.get("/labels?limit=1000", headers={"authorization": f"Bearer {TOKEN}"}).json()
    stored = [row for row in found["annotations"] if row["text"].startswith("Label ")]
    assert len(stored) >= sum(one.path == "/labels" and one.status == 200 for one in load.asked)


FIGURE = re.compile(r"\b((?:framescope|bentoml)_[a-z_]+)")
PARTS = ("_total", "_sum", "_count", "_bucket")


def figures_of(service: Service) -> set[str]:
    service.post("/score", json={"texts": ["Both sides agreed to share test results.", ""]})
    said = service.get("/metrics").text
    names = set(re.findall(r"^# TYPE (\S+)", said, re.MULTILINE))
    return names | {line.split("{")[0].split()[0] for line in said.splitlines() if line[0] != "#"}


def test_what_is_watched_is_told(service):
    known = figures_of(service)
    known |= {"framescope_refused_requests_total"}  # told once a request has been refused
    watched = {"alerts": (FILES / "alerts.yaml"), "dashboard": (FILES / "grafana.json")}
    for name, path in watched.items():
        named = set(FIGURE.findall(path.read_text("utf-8")))
        assert named, name
        assert named <= known, f"{name}: {sorted(named - known)}"
    table = set(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))
    for figure in (one for row in table for one in FIGURE.findall(row)):
        assert figure in known or f"{figure}_sum" in known, figure


def test_alerts_and_dashboard_have_their_form():
    (group,) = yaml.safe_load((FILES / "alerts.yaml").read_text("utf-8"))["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(set(names)) == len(names) >= 7
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["expr"].count("(") == rule["expr"].count(")")
        explained = rule["alert"].removeprefix("Framescope")
        assert f"**{explained}**" in PAGE
    board = json.loads((FILES / "grafana.json").read_text("utf-8"))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) == 12
    assert all(panel["targets"] for panel in board["panels"])


def test_compose_and_nginx_name_the_same_things():
    parts = yaml.safe_load((FILES / "compose.yaml").read_text("utf-8"))
    config = (FILES / "nginx.conf").read_text("utf-8")
    for number in (1, 2):
        assert f"framescope-{number}" in parts["services"]
        assert f"server framescope-{number}:3000" in config
    assert "./nginx.conf:/etc/framescope/nginx.conf:ro" in parts["services"]["nginx"]["volumes"]
    assert "listen 8080;" in config
    for one in parts["services"].values():
        assert set(one.get("depends_on", ())) <= set(parts["services"])


def test_what_the_page_fills_on_the_host_is_what_compose_gives_to_the_replicas():
    parts = yaml.safe_load((FILES / "compose.yaml").read_text("utf-8"))["services"]
    assert BLOCKS[0].count("--home state") == 3
    for name in ("framescope-1", "framescope-2", "owner"):
        assert parts[name]["volumes"] == ["./state:/state"]
    assert parts["framescope-1"]["environment"]["FRAMESCOPE_HOME"] == "/state"
    assert parts["postgres"]["ports"] == ["127.0.0.1:5432:5432"]
    wanted = set(re.findall(r"\$\{(\w+):\?\}", (FILES / "compose.yaml").read_text("utf-8")))
    assert wanted == set(re.findall(r"^(\w+)=\.\.\.", PAGE, re.MULTILINE))


def test_frames_are_counted_by_what_is_given_out(service):
    def told() -> dict[str, float]:
        lines = [line.rsplit(" ", 1) for line in service.get("/metrics").text.splitlines()]
        wanted = ("framescope_frame", "framescope_model")
        return {name: float(value) for name, value in lines if name.startswith(wanted)}

    before = told()
    texts = ["Both sides agreed to share test results.", "A nation must build its own chips.", ""]
    results = service.post("/score", json={"texts": texts}).json()["results"]
    after = told()
    frames = [frame for one in results if "frames" in one for frame in one["frames"]]
    for name in {frame["label"] for frame in frames}:
        own = [frame for frame in frames if frame["label"] == name]
        for figure, value in (
            ("present_total", sum(frame["present"] for frame in own)),
            ("uncertain_total", sum(frame["uncertain"] for frame in own)),
            ("score_sum_total", sum(frame["score"] for frame in own)),
        ):
            key = f'framescope_frame_{figure}{{frame="{name}"}}'
            assert after[key] - before.get(key, 0) == pytest.approx(value, abs=1e-6)
        assert 0 < after[f'framescope_frame_score_in_training{{frame="{name}"}}'] < 1
    (info,) = [value for key, value in after.items() if key.startswith("framescope_model_info")]
    assert info == 1
