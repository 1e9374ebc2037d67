"""Does the trained champion behave? Minimal pairs from the codebook.

Each group names the share of its cases that must come out right. The shares are what a reader can
rely on today; raise them as the model gets better, never lower them to get a model through.
"""

from collections.abc import Callable

import pytest

from labels.codebook import load_codebook

pytestmark = pytest.mark.model

COUNTRIES = ("India", "France", "Brazil", "Kenya", "Vietnam")

SENTENCES = (
    ("{} must build its own chips and stop depending on suppliers abroad for its digital future.",
     "sovereignty"),
    ("{} signed an agreement with its neighbours on joint testing of artificial intelligence.",
     "cooperation"),
    ("In {}, officials warned that autonomous weapons could escalate a conflict by accident.",
     "safety"),
    ("Police in {} use face recognition to track down critics of the government.",
     "authoritarian control"),
    ("Foreign platforms extract the data of {} and sell it back as services, a new colonialism.",
     "neo-colonialism"),
)  # fmt: skip

CLEAR = (
    ("We will write our own rules for our own data, and no foreign firm will decide for us. "
     "Technological sovereignty is the ground on which independence stands.", "sovereignty"),
    ("Import substitution in microelectronics is not a slogan: a country that cannot make its own "
     "processors does not control its own path.", "sovereignty"),
    ("A handful of corporations from the rich North mine the data and the lithium of the South and "
     "leave it dependent. This is digital colonialism.", "neo-colonialism"),
    ("The hegemon keeps the poorer nations out of the making of standards and imposes its own on "
     "them, so that they remain customers and never become makers.", "neo-colonialism"),
    ("Autonomous weapons that choose their own targets can fail in ways nobody foresees. Before "
     "they are used there must be testing, human oversight and binding limits.", "safety"),
    ("Deepfakes have begun to flood the campaign, and election officials urge safeguards before "
     "the harm is done.", "safety"),
    ("The regime uses cameras on every corner and a social score to silence anyone who speaks up. "
     "Censors delete what is left within minutes.", "authoritarian control"),
    ("Under the new law, messengers must hand over every conversation to the security service, "
     "and dissidents are arrested for what they wrote in private.", "authoritarian control"),
    ("The two ministers hailed the joint research centre as proof that dialogue between rivals "
     "works, and invited others to join.", "cooperation"),
    ("Member states agreed at the United Nations to coordinate their work on artificial "
     "intelligence and to share what they learn.", "cooperation"),
)  # fmt: skip

NOTHING = (
    "Subscribe to our newsletter. Cookie policy. Terms of use. All rights reserved.",
    "Photo: Staff. Reading time: 4 minutes. Share this article.",
    "The laptop has a 14-inch screen, 16 gigabytes of memory and a battery for nine hours.",
    "Sales of the phone rose by four per cent in the third quarter, the company said.",
    "By our correspondent, 12 March.",
    "The recipe takes twenty minutes and needs no oven.",
)

FLIPS = (
    ("authoritarian control",
     "The government uses the new law to censor the press and to spy on its critics, which is an "
     "outrage.",
     "It is false that the new law is used to censor the press or to spy on critics, the ministry "
     "said; the accusation is slander."),
    ("cooperation",
     "The joint centre is a success, and the two countries should work together even more closely.",
     "The joint centre is a sham, and the two countries should stop pretending to work together."),
    ("safety",
     "The risks of these systems are real and grave, and they call for strict limits.",
     "The so-called risks of these systems are a myth, and talk of limits is scaremongering."),
    ("sovereignty",
     "Every nation must control its own data and build its own technology.",
     "Talk of controlling its own data and building its own technology is a pretext; digital "
     "sovereignty is an illusion."),
)  # fmt: skip


@pytest.fixture(scope="session")
def read(champion) -> Callable[[str], dict[str, str | None]]:
    """Text -> the frames that are present, with their stances."""

    def frames(text: str) -> dict[str, str | None]:
        (answer,) = champion.predict([text])
        return {f.label: f.stance.label for f in answer.frames if f.present}

    return frames


def rate(results: list[bool]) -> float:
    return sum(results) / len(results)


def test_the_champion_serves_the_projects_codebook(champion):
    assert champion.codebook.frame_names == load_codebook().frame_names


def test_plain_cases_of_each_frame(read):
    assert rate([frame in read(text) for text, frame in CLEAR]) >= 0.9


def test_furniture_and_plain_facts_carry_no_frame(read):
    assert rate([not read(text) for text in NOTHING]) >= 0.9


def test_the_name_of_the_country_changes_no_frame(read):
    groups = [[set(read(text.format(name))) for name in COUNTRIES] for text, _ in SENTENCES]
    assert rate([found == group[0] for group in groups for found in group[1:]]) >= 0.9
    marked = [frame in found for (_, frame), group in zip(SENTENCES, groups, strict=True)
              for found in group]  # fmt: skip
    assert rate(marked) >= 0.9


def test_furniture_around_a_paragraph_changes_no_frame(read):
    plain = [text for text, _ in CLEAR]
    assert rate([set(read(f"{t} Cookie policy.")) == set(read(t)) for t in plain]) >= 0.9
    assert rate([set(read(f"By Jane Doe. {t}")) == set(read(t)) for t in plain]) >= 0.8


def test_typography_changes_no_frame(read):
    plain = [text for text, _ in CLEAR]
    assert all(set(read(text.upper())) == set(read(text)) for text in plain)
    quoted = [(f'"{text}"', f"\u201c{text}\u201d") for text in plain]
    assert rate([set(read(a)) == set(read(b)) for a, b in quoted]) >= 0.9


def test_a_denial_keeps_the_frame_and_moves_the_stance(champion):
    """It does not yet turn the stance over: nearly all that the model has read is in favor."""
    favor = []
    for frame, claim, denial in FLIPS:
        first, second = (
            next(found for found in answer.frames if found.label == frame)
            for answer in champion.predict([claim, denial])
        )
        assert first.present, claim
        assert second.present, denial
        favor.append(first.stance.label == "favor")
        rise = second.stance.scores["against"] - first.stance.scores["against"]
        assert rise > 0.02, (denial, first.stance.scores, second.stance.scores)
    assert rate(favor) >= 0.75
