"""How far planned work is, by a clock that the tests move."""

import pytest

from training.progress import Progress, Standing, span

PLAN = [("fitting", 1), ("fine-tuning", 4), ("fitting", 1), ("fine-tuning", 4), ("judging", 10)]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("training.progress.time.monotonic", clock)
    return clock


@pytest.fixture
def told():
    return []


@pytest.fixture
def progress(told):
    progress = Progress(quiet=True, tell=told.append)
    progress.plan(PLAN)
    return progress


def test_percent_and_time_left_by_hand(progress, told, clock):
    progress.stage("fitting (part 1 of 2)")
    assert told[-1] == Standing("fitting (part 1 of 2)", 0.0, None)
    progress.stage("fine-tuning on 9 texts (part 1 of 2)")
    assert told[-1].percent == 5  # 1 of 20
    progress.advance(1, 4)
    assert told[-1] == Standing("fine-tuning on 9 texts (part 1 of 2)", 10.0, None)
    clock.now += 30
    progress.advance(2, 4)
    # A share of 1 took 30 s, and 17 of 20 are left.
    assert told[-1] == Standing("fine-tuning on 9 texts (part 1 of 2)", 15.0, 17 * 30.0)
    progress.stage("fitting (part 2 of 2)")
    assert told[-1] == Standing("fitting (part 2 of 2)", 25.0, 15 * 30.0)
    progress.stage("judging on 5 texts")
    assert told[-1] == Standing("judging on 5 texts", 50.0, 10 * 30.0)


def test_a_resumed_stage_is_timed_from_where_it_went_on(progress, told, clock):
    progress.stage("fine-tuning")
    progress.advance(70, 100)
    clock.now += 10
    progress.advance(80, 100)
    assert told[-1].percent == pytest.approx(100 * (1 + 0.8 * 4) / 20)
    assert told[-1].eta_seconds == pytest.approx(10 / 0.4 * (20 - 4.2))


def test_stages_out_of_the_plan_leave_the_figures_where_they_are(progress, told):
    progress.stage("the champion is damaged; it counts as no champion")
    assert told[-1].percent == 0
    progress.stage("judging")
    progress.stage("deciding")
    assert (told[-1].stage, told[-1].percent) == ("deciding", 50.0)


def test_without_a_plan_there_is_no_percent(told):
    progress = Progress(quiet=True, tell=told.append)
    progress.stage("scoring")
    progress.advance(1, 2)
    assert told == [Standing("scoring", None, None)] * 2


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"), (59.4, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"),
        (7_500, "2 h 5 min"), (86_399, "23 h 59 min"), (1_812_392, "20 d 23 h"),
        (86_405, "1 d"),
    ],
)  # fmt: skip
def test_a_time_in_words(seconds, words):
    assert span(seconds) == words


def test_rate_and_time_left_are_of_what_was_done_since_it_went_on(clock, capsys):
    progress = Progress()
    progress.stage("scoring", unit="texts")
    progress.advance(500_000, 1_000_000)
    clock.now += 20
    progress.advance(504_800, 1_000_000)
    assert capsys.readouterr().err.splitlines() == [
        "scoring ...",
        "scoring: 50% (500000/1000000)",
        "scoring: 50% (504800/1000000), 240 texts/s, about 34 min 23 s left",
    ]
