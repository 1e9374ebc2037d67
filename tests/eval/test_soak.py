"""The mixed load: what it holds answers against, how it finds growth, and a short run of it."""

import json
import signal
import subprocess
import sys
import time

import pytest

from eval.soak.clients import Served
from eval.soak.expected import NEAR, Expected, WrongError, two_models
from eval.soak.growth import JUDGED, GrowthError, slope
from serving.predictor import Predictor
from tests.conftest import ROOT

HOUR = 3600.0


def test_a_line_has_its_own_slope():
    times = [30.0 * k for k in range(121)]  # an hour
    found = slope(times, [100 + 12 * at / HOUR for at in times], 180, most=20)
    assert found.value == pytest.approx(12)
    assert found.low == pytest.approx(12)
    assert found.high == pytest.approx(12)
    assert found.blocks == 16  # fifty minutes after the warm-up, in blocks of three
    assert found.seconds == 3000
    assert not found.too_high
    assert slope(times, [100 + 21 * at / HOUR for at in times], 180, most=20).too_high


def test_what_goes_up_and_down_with_each_swap_does_not_grow():
    times = [float(k) for k in range(3601)]
    found = slope(times, [500 + at % 180 for at in times], 180, most=20)
    assert (found.value, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-6)
    assert not found.too_high


def test_the_warm_up_is_left_out():
    times = [float(k) for k in range(3601)]
    found = slope(times, [min(at, 600) for at in times], 180, most=5)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_minutes_are_not_judged():
    times = [float(k) for k in range(600)]
    found = slope(times, [at * 10 for at in times], 60, most=20)
    assert found.value > 20
    assert found.seconds < JUDGED
    assert not found.too_high
    with pytest.raises(GrowthError, match="5 samples after the warm-up; it takes 6"):
        slope(times[:6], times[:6], 60, most=20)


def test_the_old_model_may_answer_for_a_while_and_then_no_more():
    served = Served("one")
    served.check("one", 0)
    with pytest.raises(WrongError, match="answered by two"):
        served.check("two", 0)
    served.promoted("two")
    served.check("one", 0)
    served.check("two", 0)
    served.seen()
    served.check("one", time.monotonic())
    with pytest.raises(WrongError, match="answered by one"):
        served.check("one", time.monotonic() + 11)


@pytest.fixture(scope="module")
def expected(trained, tmp_path_factory):
    made, versions = two_models(trained.registry(), tmp_path_factory.mktemp("soak"))
    assert made.champion() == versions[0] == trained.version
    return Expected([Predictor.open(made.folder(version)) for version in versions]), versions


def test_an_answer_to_another_text_or_by_another_model_is_seen(expected):
    found, (first, second) = expected
    one, other = found.texts[:2]
    own = found.results[first]
    found.check(first, [one, other], [own[one], own[other]])
    with pytest.raises(WrongError, match="tokens is"):
        found.check(first, [one, other], [own[other], own[one]])
    with pytest.raises(WrongError, match=r"is 0\.\d+, not 0\.\d+, by"):
        found.check(second, [one], [own[one]])
    with pytest.raises(WrongError, match="1 results for 2 texts"):
        found.check(first, [one, other], [own[one]])
    with pytest.raises(WrongError, match="an error for a good text"):
        found.check(first, [one], [{"error": {"type": "internal"}}])
    off = {**own[one], "frames": [{**own[one]["frames"][0]}]}
    off["frames"][0]["score"] += NEAR * 1.1
    with pytest.raises(WrongError):
        found.check(first, [one], [off])


def test_documents_of_five_formats_are_read_into_their_texts(expected):
    found, _ = expected
    assert len(found.pages) == 10
    for page in found.pages:
        assert 4 <= len(page.scored) <= len(page.paragraphs)
        assert set(page.scored) <= set(found.results[expected[1][0]])


@pytest.mark.faults
@pytest.mark.parametrize("interrupted", [False, True])
def test_a_short_run_finds_nothing_wrong_and_writes_its_report(trained, tmp_path, interrupted):
    command = [sys.executable, "-m", "eval.soak", "--seconds", "600" if interrupted else "20"]
    command += ["--home", str(trained.home), "--out", str(tmp_path / "out"), "--swap", "6"]
    running = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if interrupted:
        for line in running.stdout:
            if "Ctrl-C ends it" in line:
                break
        time.sleep(15)
        running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=240)
    assert running.returncode == 0, said
    found = json.loads((tmp_path / "out" / "soak.json").read_text("utf-8"))
    assert found["passed"]
    assert found["errors"] == 0
    assert found["swaps"]
    assert set(found["latency"]) >= {"single", "batch", "document", "explain", "label", "hang_up"}
    assert (tmp_path / "out" / "soak.svg").read_text("utf-8").startswith("<svg")
