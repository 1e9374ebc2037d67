"""Whole documents on the page: in place, who speaks, what carried a frame, the profile, failures.

Where the answer matters it is made up, since the judgements of the service's model are arbitrary.
"""

import base64
import json
from xml.etree import ElementTree

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from labels.codebook import load_codebook
from tests.serving.page import Page, document, frame, part, parts, result

FRAMES = load_codebook().frame_names
QUOTE = "We need nobody’s leave"
CARRIED = "🙂 Chips must be made at home."
ACCORD = f"{CARRIED} Nobody objected. “{QUOTE},” said Ada Bray."


def evidence(*sentences: tuple[str, float | None], words: tuple[str, ...] = ()) -> dict:
    return {
        "sentences": [{"words": words, "contribution": share} for words, share in sentences],
        "words": [{"words": word, "contribution": 0.5} for word in words],
    }


def two_paragraphs(explained: bool = True) -> dict:
    """A document of two paragraphs: the first carries two frames, the second one, a speaker's."""
    carried = evidence((CARRIED, 0.6), ("Nobody objected.", 0.1), words=("Chips",))
    more = {"evidence": carried} if explained else {}
    quoted = {"holder": {"kind": "speaker", "name": "Ada Bray"}}
    first = [frame("sovereignty", **more), frame("safety", 0.55, "against", uncertain=True)]
    return document(
        {"text": "Chips at home", "kind": "title"},
        {"text": "Home World Sport", "kind": "boilerplate"},
        {"text": ACCORD, "result": result(*first), "said": [(QUOTE, "Ada Bray")]},
        {"text": "Later that day", "kind": "heading"},
        {
            "text": "“The risk is ours alone,” Ada Bray said.", "kind": "quotation",
            "speaker": "Ada Bray", "said": [("The risk is ours alone", "Ada Bray")],
            "result": result(frame("safety", 0.8, "neutral", **quoted), frame("sovereignty", 0.1)),
        },
        title="Chips at home", author="Bo Quill", date="2026-05-02",
    )  # fmt: skip


def show(browser, service, answer: dict, judged: int) -> Page:
    page = Page(browser, service.url, {"documents": answer})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.judged(judged)
    return page


def test_a_card_says_who_is_quoted_in_the_sentence_that_carried_an_authors_stance(browser, service):
    carried = evidence((f"“{QUOTE},” said Ada Bray.", 0.6))
    first = {"text": ACCORD, "result": result(frame("sovereignty", evidence=carried))}
    page = show(browser, service, document({**first, "said": [(QUOTE, "Ada Bray")]}), 1)
    part(page.find(".paragraph.read"), ".tag .frame").click()
    words = "Said by the author, in a sentence that quotes Ada Bray."
    assert words in page.find("#tip").text


def test_bars_of_the_picture_are_shares_of_all_paragraphs(browser, service):
    other = {"text": "Nothing.", "result": result(frame("sovereignty", 0.1))}
    page = show(
        browser,
        service,
        document(
            {"text": ACCORD, "result": result(frame("sovereignty"))},
            *({**other, "text": f"Nothing {number}."} for number in range(3)),
        ),
        4,
    )
    tree = ElementTree.fromstring(page.saved("svg"))
    rows = [
        one.attrib for one in tree.iter("{http://www.w3.org/2000/svg}rect") if "x" in one.attrib
    ]
    track, bar = (float(one["width"]) for one in rows[:2])
    assert bar == pytest.approx(track / 4)
    texts = {one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert "of 4 paragraphs" in texts


@pytest.mark.parametrize("scale", [1, 2])
def test_the_picture_is_as_large_on_any_screen(browser, service, scale):
    size = {"width": 1280, "height": 1000, "deviceScaleFactor": scale, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        answer = document({"text": ACCORD, "result": result(frame("sovereignty"))})
        page = show(browser, service, answer, 1)
        saved = page.saved("png")
        ends = page.browser.execute_async_script(_ENDS, base64.b64encode(saved).decode())
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert ends[:2] == [1920, 1080]
    # The first bar is full: 268 to 747 of 960 units, the edge of the track.
    assert ends[2:] == pytest.approx([2 * 268, 2 * (960 - 48 - 165)], abs=3)


_ENDS = """
    const [data, done] = arguments;
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, {width: image.width, height: image.height});
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const {width, height} = image;
      const {data: pixels} = context.getImageData(0, 0, width, height);
      const blue = [];
      for (let place = 0; place < pixels.length; place += 4) {
        const [red, green, two] = pixels.slice(place, place + 3);
        if (red < 20 && Math.abs(green - 114) < 6 && Math.abs(two - 178) < 6) {
          blue.push((place / 4) % width);
        }
      }
      blue.sort((one, other) => one - other);
      done([width, height, blue.at(0), blue.at(-1)]);
    };
    image.src = `data:image/png;base64,${data}`;
"""


@pytest.fixture
def page(browser, service):
    return Page(browser, service.url)


@pytest.fixture
def shown(browser, service):
    """The page with the document of two paragraphs."""
    made_up = {"documents": [two_paragraphs(explained=False), two_paragraphs()]}
    page = Page(browser, service.url, made_up)
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.judged(2)
    return page


def test_an_example_is_shown_as_the_article_it_is(page):
    page.find("[data-example='example-accord.html']").click()
    paragraphs = page.judged()
    heading = page.find("#results-heading")
    assert heading.text == "Eleven states open a shared test centre, and not everyone cheers"
    assert page.find("#byline").text.split("\n") == [
        "Ines Marlow", "14 March 2026", "English", "web page",
    ]  # fmt: skip
    assert [one.text for one in page.all("#paragraphs > .heading")] == [
        "A different view from Port Amsel", "Salt, stadiums and silence",
    ]  # fmt: skip
    assert not page.find(".boilerplate p").is_displayed()
    page.find(".boilerplate summary").click()
    assert "Home" in page.find(".boilerplate").text
    assert part(paragraphs[1], ".speakers").text.startswith("Mira Kost speaks")
    assert parts(paragraphs[3], "blockquote.text")
    assert not any("All rights reserved" in one.text for one in paragraphs)
    text = "".join(one.text for one in page.all(".paragraph .text"))
    assert "“None of us can do this alone" in text  # pieces of it do not change the text


def test_the_profile_and_the_speakers_are_those_of_the_service(page, service):
    page.find("[data-example='example-accord.html']").click()
    page.judged()
    example = service.get("/page/example-accord.html").text
    body = {"content": example, "format": "html", "explain": True}
    totals = service.post("/documents", json=body).json()["totals"]
    counts = [int(one.text) for one in page.all("#profile .count")]
    assert counts == [one["present"] for one in totals["frames"]]
    voices = [one for one in totals["speakers"] if one["paragraphs"] or _frames_of(one)]
    for row, voice in zip(page.all("#speakers-list > li"), voices, strict=True):
        name = "The author" if voice["kind"] == "author" else voice["name"]
        assert part(row, ".voice b").text == name
        found = [one.text for one in parts(row, ".name")]
        assert found == _frames_of(voice)


def _frames_of(voice: dict) -> list[str]:
    return [one["label"] for one in voice["frames"] if one["present"]]


def test_the_sentence_that_carried_a_frame_is_marked_on_hover_and_on_focus(shown):
    first = shown.all(".paragraph")[0]
    assert part(first, ".text").text == ACCORD
    place = FRAMES.index("sovereignty")
    pieces = parts(first, f"[data-sentence~='{place}']")
    assert "".join(piece.get_attribute("textContent") for piece in pieces) == CARRIED
    (word,) = parts(first, f"[data-word~='{place}']")
    assert word.text == "Chips"

    def lit() -> bool:
        return "rgba(0, 0, 0, 0)" not in pieces[0].value_of_css_property("text-decoration")

    assert not lit()
    ActionChains(shown.browser).move_to_element(part(first, ".tag .frame")).perform()
    shown.wait(lit)
    card = shown.find("#tip")
    assert "Score 0.90, present from 0.50." in card.text
    assert "Said by the author." in card.text
    assert "without it the score is 0.30" in card.text
    assert part(card, ".quote").text == CARRIED
    assert part(card, ".quote strong").text == "Chips"
    ActionChains(shown.browser).move_to_element(shown.find("h1")).perform()
    shown.wait(lambda: not card.is_displayed())
    shown.tab_to(".tag .frame")
    shown.wait(lit)
    assert card.is_displayed()
    shown.keys(Keys.ESCAPE)
    assert not card.is_displayed()


def test_tags_say_stance_doubt_and_whose_it_is(shown):
    first, second = shown.all(".paragraph")
    tags = [" ".join(part(tag, ".frame").text.split()) for tag in shown.all(".tag")]
    assert tags == [
        "sovereignty + favor 0.90", "safety − against 0.55 ? uncertain",
        "safety = neutral 0.80 Ada Bray",
    ]  # fmt: skip
    assert part(first, ".speakers").text == "Quotes Ada Bray"
    assert part(second, ".speakers").text == "Ada Bray speaks"
    assert part(first, ".said").text == QUOTE
    patterns = [part(tag, ".swatch").get_attribute("data-pattern") for tag in shown.all(".tag")]
    assert patterns == ["0", "1", "2"]  # stances are told apart without colour
    assert len(parts(first, ".lane.on")) == 2
    assert len(parts(first, ".lane.on.unsure")) == 1


def test_frames_filter_the_paragraphs(shown):
    chosen = {name: shown.find(f"#profile .filter[data-frame='{name}']") for name in FRAMES}
    chosen["sovereignty"].click()
    first, second = shown.all(".paragraph")
    assert (first.is_displayed(), second.is_displayed()) == (True, False)
    assert chosen["sovereignty"].get_attribute("aria-pressed") == "true"
    assert shown.find("#filter-words").text == "1 of 2 paragraphs, with sovereignty."
    chosen["safety"].click()
    assert second.is_displayed()
    chosen["sovereignty"].click()
    chosen["safety"].click()
    chosen["cooperation"].click()
    assert not first.is_displayed()
    shown.find("#filter-all").click()
    assert first.is_displayed()
    assert not shown.find("#filter").is_displayed()


def test_a_filter_does_not_cut_the_file_that_is_shared(shown, tmp_path):
    shown.find("#profile .filter[data-frame='sovereignty']").click()
    assert not shown.find("#tip").is_displayed()  # which would lie over what was chosen
    assert not shown.find("#paragraphs > .heading").is_displayed()
    file = tmp_path / "shared.html"
    file.write_bytes(shown.saved("html"))
    shown.browser.get(file.as_uri())
    assert shown.find("#paragraphs > .heading").is_displayed()
    assert [one.is_displayed() for one in shown.all(".paragraph")] == [True, True]


def test_evidence_that_arrives_leaves_focus_and_card_where_they_are(browser, service):
    page = Page(browser, service.url, {"documents": [two_paragraphs(False), two_paragraphs()]})
    page.script("""
        const answer = window.fetch;
        let asked = 0;
        window.fetch = async (path, options) => {
          asked += path === "documents";
          if (path === "documents" && asked === 2) {
            await new Promise((resolve) => { window.release = resolve; });
          }
          return answer(path, options);
        };
    """)
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.wait(lambda: page.script("return Boolean(window.release)"))
    page.find("#speakers summary").click()
    page.tab_to(".tag .frame")
    assert "is not known yet" in page.find("#tip").text
    page.script("release()")
    page.judged(2)
    assert page.script("return document.activeElement.matches('.tag .frame')")
    assert page.browser.switch_to.active_element.text.startswith("sovereignty")
    assert page.find("#tip").is_displayed()
    assert "without it the score is 0.30" in page.find("#tip").text
    assert not page.find("#speakers").get_attribute("open")


def test_a_day_is_the_same_day_west_of_greenwich(browser, service):
    zone = "Emulation.setTimezoneOverride"
    browser.execute_cdp_cmd(zone, {"timezoneId": "America/New_York"})
    try:
        page = Page(browser, service.url, {"documents": two_paragraphs()})
        page.find("#article").send_keys("anything")
        page.find("#read").click()
        page.judged(2)
        assert "2 May 2026" in page.find("#byline").text
    finally:
        browser.execute_cdp_cmd(zone, {"timezoneId": ""})


def test_bands_are_of_the_model_that_gave_the_score(browser, service):
    own = service.get("/model").json()
    name = own["frames"][0]["label"]

    def read_by(model: str) -> dict:
        answer = document({"text": "One.", "result": result(frame(name, 0.1, uncertain=True))})
        return {**answer, "model": model, "member": own["member"]}

    banded = [{**one, "band": [0.2, 0.4]} for one in own["frames"]]
    made_up = {
        "documents": [read_by("another"), read_by(own["model"])],
        "model": {**own, "frames": banded},
    }
    page = Page(browser, service.url, made_up)
    said = []
    for _ in range(2):
        page.script("document.querySelector('#another').click()")
        page.find("#article").send_keys("anything")
        page.find("#read").click()
        page.judged(1)
        page.find(".tag .frame").click()
        said.append("Often wrong between 0.20 and 0.40" in page.find("#tip").text)
    assert said == [False, True]


TITLES = {
    "Chinese": "十一国共建测试中心，并非人人喝彩" * 5,
    "capitals": "ELEVEN STATES OPEN A SHARED TEST CENTRE AND MANY WOMEN MOAN " * 3,
    "one word": "🙂W" * 90,
    "Arabic": "من يملك الآلة التي تفهم لغتنا؟",
}


@pytest.mark.parametrize("kind", TITLES)
def test_nothing_runs_off_the_slide(browser, service, tmp_path, kind):
    author = "Ada, Bo, Cy, Di and Ed in Brussels and Fay in Lima, with reports by " * 3
    answer = {**two_paragraphs(), "document": {"title": TITLES[kind], "author": author}}
    page = Page(browser, service.url, {"documents": answer})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.judged(2)
    assert page.saved("png").startswith(b"\x89PNG")
    slide = tmp_path / "slide.svg"
    slide.write_bytes(page.saved("svg"))
    browser.get(slide.as_uri())
    boxes = page.script("""
        return [...document.querySelectorAll("text")].map((text) => {
          const {x, width, y, height} = text.getBBox();
          return [text.textContent, x, x + width, text.getAttribute("direction"), y + height];
        });
    """)
    for words, left, right, _, bottom in boxes:
        assert left >= 20, words
        assert right <= 940, words
        assert bottom <= 540, words
    titles = [box for box in boxes if box[0][:3] == TITLES[kind].strip()[:3]]
    assert titles[0][3] == ("rtl" if kind == "Arabic" else None)
    if kind == "Arabic":
        assert titles[0][0] == TITLES[kind]
        assert titles[0][2] > 900  # it begins at the right margin


def test_a_correction_counts_in_profile_and_speakers(shown):
    first = shown.all(".paragraph")[0]
    part(first, ".correct").click()
    for group in parts(first, ".choice"):
        if part(group, "legend").text == "safety":
            parts(group, "label")[0].click()
    part(first, ".editor [type=submit]").click()
    shown.wait(lambda: part(first, ".badge").is_displayed())
    safety = FRAMES.index("safety")
    assert shown.all("#profile .count")[safety].text == "1"
    assert "1 with labels set by you" in shown.find("#profile-help").text
    author, bray = shown.all("#speakers-list > li")
    assert [one.text for one in parts(author, ".name")] == ["sovereignty"]
    assert [one.text for one in parts(bray, ".name")] == ["safety"]


def paste(page: Page, html: str, text: str) -> None:
    page.script(
        """
        const data = new DataTransfer();
        data.setData("text/html", arguments[0]);
        const field = document.getElementById("article");
        const options = {clipboardData: data, bubbles: true};
        field.dispatchEvent(new ClipboardEvent("paste", options));
        field.value = arguments[1];
        field.dispatchEvent(new Event("input", {bubbles: true}));
        """,
        html,
        text,
    )


@pytest.mark.parametrize("edited", [False, True])
def test_pasted_markup_is_sent_unless_the_text_is_changed(browser, service, edited):
    page = Page(browser, service.url, {"documents": [two_paragraphs()]})
    paste(page, "<h1>One</h1><p>Two.</p>", "One\n\nTwo.")
    page.wait(page.find("#pasted").is_displayed)
    if edited:
        page.find("#article").send_keys("!")
        assert not page.find("#pasted").is_displayed()
    page.find("#read").click()
    page.judged(2)
    (sent, *_) = [one["body"] for one in page.script("return asked") if one["path"] == "documents"]
    wanted = {"content": "One\n\nTwo.!", "format": "auto"}
    if not edited:
        wanted = {"content": "<h1>One</h1><p>Two.</p>", "format": "html"}
    assert sent == {**wanted, "explain": False}


def test_a_file_is_read_chosen_or_dropped(page, tmp_path):
    chosen = tmp_path / "harbour.md"
    chosen.write_text("# Harbour news\n\nTwo towns agreed to test a crane together.\n", "utf-8")
    page.find("#file").send_keys(str(chosen))
    (shown,) = page.judged(1)
    assert page.find("#results-heading").text == "Harbour news"
    assert part(shown, ".text").text == "Two towns agreed to test a crane together."
    page.script(
        """
        const data = new DataTransfer();
        data.items.add(new File(["Dropped, this is one paragraph on cranes."], "dropped.txt"));
        const options = {dataTransfer: data, bubbles: true, cancelable: true};
        document.body.dispatchEvent(new DragEvent("drop", options));
        """
    )
    page.wait(lambda: "Dropped, this" in page.find("#results").text)


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [("sheet.xlsx", 10, "none of the files that can be read"), ("long.txt", 21 * 2**20, "21.0 MB")],
)
def test_a_file_that_cannot_be_read_is_not_sent(page, tmp_path, name, size, words):
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(size)
    page.find("#file").send_keys(str(path))
    assert words in page.problem()
    assert not page.find("#progress").is_displayed()


def test_what_the_reader_must_know_is_said_once_at_the_head(browser, service):
    strange = {"language": "sw", "language_supported": False}
    answer = document(
        {"text": "One text, longer.", "result": result(frame("safety", 0.1), **strange)},
        {"text": "Two texts.", "result": result(frame("safety", 0.1), truncated=True)},
        {"text": "Three texts.", "result": {"error": {"type": "x", "message": "half a pair"}}},
        member="baseline",
    )
    page = Page(browser, service.url, {"documents": answer})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    first, second = page.judged(2)
    notices = [one.text for one in page.all("#document-notices .notice")]
    assert notices[0].startswith("The linear baseline answers")
    assert notices[1] == (
        "The model is not known to read Swahili well (1 of 2 paragraphs). "
        "Check its labels yourself."
    )
    assert notices[2].startswith("1 paragraph too long to read whole")
    assert notices[3] == "1 paragraph could not be scored; each says why."
    assert "Swahili" in part(first, ".note").text
    assert "only the first 20 tokens" in part(second, ".note").text
    assert page.all(".paragraph")[2].text.endswith("Not scored: half a pair")
    assert "Read by the linear baseline" in page.find("#read-by").text


def test_one_short_paragraph_in_a_strange_language_says_nothing_of_the_document(browser, service):
    strange = {"language": "ro", "language_supported": False}
    answer = document(
        {"text": "Accra Data Centre", "result": result(frame("safety", 0.1), **strange)},
        {"text": "Both states agreed to share results.", "result": result(frame("safety", 0.1))},
    )
    page = Page(browser, service.url, {"documents": answer})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    first, _ = page.judged(2)
    assert page.all("#document-notices .notice") == []
    assert "Romanian" in part(first, ".note").text


def test_a_failure_is_said_and_can_be_tried_again(browser, service):
    fault = {"error": {"type": "unreadable", "message": "this is no PDF: save it again"}}
    page = Page(browser, service.url, {"documents": [fault, two_paragraphs(), two_paragraphs()]})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    assert page.problem() == "this is no PDF: save it again"
    page.find("#problem button").click()
    page.judged(2)
    assert not page.find("#problem").is_displayed()


def test_reading_can_be_stopped_before_and_after_the_scores(browser, service):
    page = Page(browser, service.url, {"documents": ["never", two_paragraphs(False), "never"]})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.wait(page.find("#progress").is_displayed)
    page.find("#stop").click()
    page.wait(lambda: page.find("#status").text == "Stopped.")
    page.find("#read").click()
    page.wait(lambda: "Looking for the sentences" in page.find("#status").text)
    assert len(page.all(".paragraph.read")) == 2  # the scores are there already
    page.find("#stop").click()
    page.wait(lambda: "are not known: you stopped it." in page.find("#status").text)
    part(page.all(".paragraph")[0], ".tag .frame").click()
    assert "is not known yet" in page.find("#tip").text


def test_the_next_document_begins_afresh(shown):
    shown.find("#profile .filter").click()
    shown.script("window.asked.length = 0")
    shown.find("#another").click()
    assert shown.find("#article").is_displayed()
    shown.find("#clear").click()
    assert not shown.find("#results").is_displayed()
    assert shown.find("#profile-heading").text == "Frames it looks for"
    assert json.loads(shown.script("return JSON.stringify(asked)")) == []
