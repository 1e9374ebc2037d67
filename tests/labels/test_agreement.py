import krippendorff
import numpy as np
import pytest

from labels import agreement
from labels.agreement import Alpha, alpha, measure
from labels.codebook import Codebook, Frame, Stance
from labels.rows import ADJUDICATOR
from labels.snapshot import take
from labels.store import Store
from tests.labels.samples import TOPICS, VIEWS, made

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve
# units, five values, 0 where an observer did not answer; and section A: two observers, two values.
FOUR = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
TWO = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])


def measured(rows, codebook=VIEWS):
    store = Store.open("sqlite://", codebook)
    store.add(rows)
    with store.reading() as connection:
        return measure(store.answers(connection), codebook)


def binary(observers):
    """Rows in which observer n marks war in the texts where they gave 1."""
    return [
        made(f"text {unit}", {"war": "pro"} if value else {}, annotator=f"observer {who}")
        for who, values in enumerate(observers)
        for unit, value in enumerate(values)
    ]


def test_published_example_with_four_observers():
    counts = np.stack([(value == FOUR).sum(axis=0) for value in range(1, 6)], axis=1)
    found = alpha(counts, np.arange(12))
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.n == 11
    assert found.low < found.value < found.high <= 1


def test_published_example_as_stances():
    names = [str(value) for value in range(1, 6)]
    codebook = Codebook("five", 1, (Frame("war"),), tuple(map(Stance, names)))
    rows = [
        made(f"text {unit}", {"war": str(value)} if value else {}, codebook, annotator=f"o{who}")
        for who, values in enumerate(FOUR)
        for unit, value in enumerate(values)
    ]
    found = measured(rows, codebook)
    assert found.stance.value == pytest.approx(0.743, abs=5e-4)
    assert (found.stance.n, found.texts, found.frames["war"].n) == (11, 12, 12)


def test_published_example_with_two_observers_as_presence():
    found = measured(binary(TWO))
    assert found.frames["war"].value == pytest.approx(1 - 19 * 4 / (14 * 6))
    assert found.frames["war"].value == pytest.approx(0.095, abs=5e-4)
    assert found.annotators == ("observer 0", "observer 1")


def test_latest_answer_of_each_counts():
    first = [made(f"text {unit}", {}, annotator="observer 1") for unit in range(10)]
    assert measured([*first, *binary(TWO)]) == measured(binary(TWO))


def test_adjudicator_and_single_answers_are_left_out():
    more = [made(f"text {unit}", {"war": "con"}, annotator=ADJUDICATOR) for unit in range(10)]
    more += [made("alone", {"war": "pro"}), made("alone", {}, annotator=ADJUDICATOR)]
    assert measured([*binary(TWO), *more]) == measured(binary(TWO))


def test_order_of_arrival_does_not_matter():
    assert measured(binary(TWO)[::-1]) == measured(binary(TWO))


def test_frame_that_nobody_or_everybody_marked_has_no_alpha():
    rows = [made(t, {"war": "pro"}, annotator=who) for t in ("a", "b") for who in ("ann", "bo")]
    found = measured(rows)
    assert found.frames == {name: Alpha(None, None, None, 2) for name in VIEWS.frame_names}
    assert found.stance == Alpha(None, None, None, 2)


def test_stance_counts_only_frames_that_two_marked():
    rows = [
        made("a", {"war": "pro", "trade": "con"}, annotator="ann"),
        made("a", {"war": "pro", "trade": "con"}, annotator="bo"),
        made("b", {"war": "pro"}, annotator="ann"),
        made("b", {"trade": "pro"}, annotator="bo"),
    ]
    assert measured(rows).stance.n == 2
    assert measured(rows).stance.value == 1.0


def test_full_agreement_is_one_with_no_doubt():
    found = measured(binary([TWO[0], TWO[0]])).frames["war"]
    assert (found.value, found.low, found.high, found.n) == (1.0, 1.0, 1.0, 10)


def test_codebook_without_stances_has_no_alpha_of_stance():
    rows = [made("a", [], TOPICS), made("a", ["war"], TOPICS, annotator="ann")]
    assert measured(rows, TOPICS).stance is None


def test_nothing_shared_is_undefined():
    found = measured([made("a", {"war": "pro"})])
    assert found.to_dict() == {
        "frames": {
            name: {"value": None, "low": None, "high": None, "n": 0} for name in VIEWS.frame_names
        },
        "stance": {"value": None, "low": None, "high": None, "n": 0},
        "annotators": (),
        "texts": 0,
    }


def test_same_seed_gives_the_same_interval():
    marked = np.tile(TWO.sum(axis=0), 30)
    counts = np.stack([2 - marked, marked], axis=1)
    assert alpha(counts, np.arange(300), 1) == alpha(counts, np.arange(300), 1)
    assert alpha(counts, np.arange(300), 1).low != alpha(counts, np.arange(300), 2).low


def test_units_of_one_text_are_drawn_together():
    counts = np.repeat(np.array([[2, 0], [0, 2], [1, 1], [2, 0], [0, 2], [2, 0]] * 5), 4, axis=0)
    apart, together = alpha(counts, np.arange(120)), alpha(counts, np.arange(120) // 4)
    assert together.value == apart.value
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


def test_frames_of_one_text_are_drawn_together():
    def interval(apart):
        given = [("pro", "pro"), ("con", "con"), ("pro", "con")] * 8
        rows = []
        for number, stances in enumerate(given):
            for who, stance in zip(("ann", "bo"), stances, strict=True):
                for frame in VIEWS.frame_names:
                    text = f"text {number} {frame if apart else ''}"
                    frames = {frame: stance} if apart else dict.fromkeys(VIEWS.frame_names, stance)
                    rows.append(made(text, frames, annotator=who))
        found = measured(rows).stance
        assert (found.n, round(found.value, 3)) == (48, 0.34)
        return found.high - found.low

    assert interval(apart=False) > 1.2 * interval(apart=True)


def test_starter_corpus_is_consistent(starter_store):
    assert take(starter_store).disputed == ()
    with starter_store.reading() as connection:
        found = measure(starter_store.answers(connection), starter_store.codebook)
    assert (found.texts, found.annotators) == (11411, ("reader", "writer"))
    for one in (*found.frames.values(), found.stance):
        assert 0.94 < one.low < one.value < one.high < 1


def test_resamples_are_the_alphas_of_the_library():
    rng = np.random.default_rng(3)
    counts, texts = rng.integers(0, 3, (30, 4)), np.arange(30) // 2
    kept = counts.sum(axis=1) > 1
    counts, texts = counts[kept], texts[kept]
    drawn = agreement._resampled(counts, texts, 5)
    again = np.random.default_rng(5)
    _, owner = np.unique(texts, return_inverse=True)
    for found in drawn[:20]:
        times = np.bincount(again.integers(owner.max() + 1, size=owner.max() + 1), minlength=15)
        own = np.repeat(counts, times[owner], axis=0)
        assert found == pytest.approx(
            krippendorff.alpha(value_counts=own, level_of_measurement="nominal")
        )


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "reliable"), (0.8, "reliable"), (0.79, "tentative"), (0.667, "tentative"),
     (0.66, "not reliable"), (-1, "not reliable"), (None, "unknown")],
)  # fmt: skip
def test_tier_of_alpha(value, expected):
    assert agreement.tier(value, 30) == expected
    assert agreement.tier(value, 29) == ("unknown" if value is None else "too few")
    assert {expected, "too few"} <= agreement.TIERS.keys()


def test_decision_by_an_annotator_leaves_the_own_answer_standing():
    more = [
        made("text 0", {"war": "con"}, annotator="observer 0", kind="decision", at="2030-01-01")
    ]
    assert measured([*binary(TWO), *more]) == measured(binary(TWO))


def test_answers_are_measured_alike_whichever_database_keeps_them(store):
    rows = binary(TWO)
    store.add(rows)
    with store.reading() as connection:
        assert measure(store.answers(connection), VIEWS) == measured(rows)
