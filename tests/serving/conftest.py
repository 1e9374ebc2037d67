import shutil
from collections.abc import Iterator

import pytest

from labels import queue, tokens
from labels.home import Home
from labels.snapshot import take
from labels.store import Store
from tests.conftest import Service, Trained, start_service, stop_service
from tests.serving.browser import open_browser
from tests.serving.desk import NUMBERS, TEXTS, Desk
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


@pytest.fixture(scope="module")
def labelling(tmp_path_factory) -> Iterator[tuple[Service, Store]]:
    """A service without a model, whose queue has six texts, and its store."""
    folder = tmp_path_factory.mktemp("labelling")
    store = Store.open(f"sqlite:///{folder / 'labels.db'}")
    queue.add(store, map(queue.Unlabelled, TEXTS), "monday")
    running = start_service(folder, folder / "log", ready="/livez")
    yield running, store
    stop_service(running)


@pytest.fixture
def newcomer(labelling) -> tuple[str, str]:
    """An annotator who has answered nothing yet, and their token."""
    name = f"annotator {next(NUMBERS)}"
    return name, tokens.create(labelling[1], name, "annotator")


@pytest.fixture
def desk(browser, labelling, newcomer) -> Iterator[Desk]:
    """The view for labelling, where the newcomer is shown the first text."""
    found = Desk(browser, labelling[0].url)
    found.sign_in(newcomer[1])
    found.shows(1)
    yield found
    found.offline(False)
