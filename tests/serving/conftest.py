import shutil

import pytest

from labels.home import Home
from labels.snapshot import take
from tests.conftest import Trained, start_service, stop_service
from tests.serving.browser import open_browser
from training.config import TrainConfig
from training.fit import train
from training.progress import Progress
from training.retraining import DONE, State, write_state


@pytest.fixture(scope="session")
def pair(trained, tmp_path_factory):
    """A copy of `trained` with a second model, not champion, and that model's version."""
    folder = tmp_path_factory.mktemp("pair") / "home"
    shutil.copytree(trained.home, folder)
    copy = Trained(folder, trained.encoder, trained.version)
    registry = copy.registry()
    config = TrainConfig(base_model=str(copy.encoder), epochs=1, cross_fits=1, seed=99)
    manifest = train(take(registry.store), config, registry, Progress(quiet=True))
    return copy, manifest.version


@pytest.fixture
def second(pair, tmp_path):
    """A copy of `pair` that a test may change."""
    trained, version = pair
    shutil.copytree(trained.home, tmp_path / "second")
    return Trained(tmp_path / "second", trained.encoder, trained.version), version


@pytest.fixture(scope="module")
def retraining(trained, tmp_path_factory):
    """A service that retrains with the tiny encoder, and without the starter corpus.

    A run that trains goes on for longer than any test, which has to cancel it: one that could end
    by itself would, on a slow day, before the test has looked.
    """
    folder = tmp_path_factory.mktemp("retraining")
    shutil.copytree(trained.home, folder / "home")
    answers = trained.registry().store.counts()["annotations"]
    home = Home(folder / "home")
    home.retraining.mkdir(exist_ok=True)
    write_state(home, State(DONE, answers=answers))
    options = f"--no-starter --epochs 1000 --base-model {trained.encoder}"
    running = start_service(folder / "home", folder / "log", FRAMESCOPE_RETRAIN=options)
    yield running
    stop_service(running)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = open_browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()
