"""No violation that axe-core finds, in any view, in both colour schemes, and on a phone; colours
that are told apart with any colour vision."""

import re
from itertools import combinations

import numpy as np
import pytest

from tests.serving.axe import LOOKS, WIDE, look, violations
from tests.serving.page import PAGE, Page, part


@pytest.fixture(scope="module")
def waiting(service):
    """The service, with a text to label and one in dispute."""
    service.post("/queue", json={"texts": ["A text that waits for its labels."]})
    row = {"text": "A text on which two annotators disagree, again."}
    sides = {"one": {"safety": "favor"}, "other": {}}
    rows = [{**row, "annotator": name, "frames": frames} for name, frames in sides.items()]
    service.post("/labels", json={"annotations": rows})
    return service


@pytest.mark.parametrize("name", LOOKS)
def test_no_violation(browser, waiting, name, tmp_path):
    look(browser, name)
    page = Page(browser, waiting.url)
    page.script("sessionStorage.setItem('framescope:name', 'ann')")
    assert violations(browser) == []
    page.find("[data-example='example-accord.html']").click()
    shown = page.judged()[0]
    part(shown, ".more").click()
    part(shown, ".correct").click()
    page.find(".boilerplate summary").click()
    page.find("#profile .filter").click()
    page.script("document.querySelector('.tag .frame')?.focus()")
    assert violations(browser) == []
    assert page.script(WIDE)
    ready = {
        "label": "#label-text", "adjudicate": "#adjudicate-text", "model": "#history-models",
        "codebook": "#codebook-frames",
    }  # fmt: skip
    shared = tmp_path / "shared.html"
    shared.write_bytes(page.saved("html"))
    for view, part_of_it in ready.items():
        page.go_to(view)
        page.wait(lambda selector=part_of_it: page.find(selector).text)
        assert violations(browser) == [], view
        assert page.script(WIDE), view
    browser.get(shared.as_uri())
    assert violations(browser) == []


MACHADO = {
    "any": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""How colours look with a deficiency of severity 1, on linear RGB (Machado, Oliveira and Fernandes
2009, "A physiologically-based model for simulation of color vision deficiency", table 1)."""

SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = SRGB_TO_XYZ @ np.ones(3)


def linear(colour: str) -> np.ndarray:
    """A colour such as "#0072b2" as linear RGB, (3,), by IEC 61966-2-1."""
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB as CIE L*a*b*, (3,), by CIE 15."""
    x, y, z = (SRGB_TO_XYZ @ np.clip(rgb, 0, 1)) / WHITE
    near = [np.cbrt(one) if one > (6 / 29) ** 3 else one * 841 / 108 + 4 / 29 for one in (x, y, z)]
    return np.array([116 * near[1] - 16, 500 * (near[0] - near[1]), 200 * (near[1] - near[2])])


def nearest(colours: dict[str, str], vision: str) -> tuple[float, tuple[str, str]]:
    """The least distance of two colours (Delta E*ab, CIE 1976), and which those are."""
    seen = {name: lab(np.asarray(MACHADO[vision]) @ linear(one)) for name, one in colours.items()}
    pairs = combinations(seen, 2)
    return min((float(np.linalg.norm(seen[a] - seen[b])), (a, b)) for a, b in pairs)


def colours_of_frames() -> dict[str, dict[str, str]]:
    """For each colour scheme the colours of the eight places in a codebook, and of the paper."""
    styles = (PAGE / "style.css").read_text("utf-8")
    hues = dict(re.findall(r'\[data-hue="(\d)"\] \{ --hue: (.+?); \}', styles))
    found = {}
    for scheme, part_of_it in zip(("light", "dark"), styles.split("@media")[:2], strict=True):
        set_here = dict(re.findall(r"--(\w+): (#\w{6});", part_of_it))
        found[scheme] = {"paper": set_here["paper"]} | {
            place: set_here["black"] if hue == "var(--black)" else hue
            for place, hue in hues.items()
        }
    return found


def test_distances_are_those_of_the_standard():
    assert lab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=1e-3)
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    red_and_green = {"red": "#b22222", "green": "#6b6b00"}  # a pair that deuteranopes mix up
    assert nearest(red_and_green, "any")[0] > 2 * nearest(red_and_green, "deuteranopia")[0]


@pytest.mark.parametrize("vision", MACHADO)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_frames_are_told_apart_with_any_colour_vision(scheme, vision):
    """15 is some seven times the difference that is just noticed (2.3)."""
    colours = colours_of_frames()[scheme]
    assert len(colours) == 9
    distance, pair = nearest(colours, vision)
    assert distance > 15, pair
