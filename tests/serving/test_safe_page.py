"""What is safe to look at and pass on: hostile texts in every field, the files that are saved."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from urllib.parse import quote

import pytest
from selenium.webdriver.common.keys import Keys

from labels.codebook import load_codebook
from tests.serving.page import Page, document, frame, part, result

IMAGE = "<img src=x onerror='window.ran=1'>"
SCRIPT = "<script>window.ran=1</script>"
END = "</title></style></script><svg onload='window.ran=1'>"


def hostile(name: str) -> str:
    return f"{name} {IMAGE}{SCRIPT}{END}\"'&amp;"


def hostile_codebook() -> dict:
    plain = load_codebook()
    frames = [
        replace(one, name=hostile(f"frame {place}"), claim=hostile("claim"))
        for place, one in enumerate(plain.frames)
    ]
    found = replace(plain, frames=tuple(frames), guidelines=hostile("guide")).to_dict()
    found["name"] = hostile("codebook")
    for one in found["frames"]:
        one["definition"] = hostile("definition")
        one["inside"] = [hostile("inside")]
        why = {"stance": "favor", "why": hostile("why it is one")}
        one["examples"] = [{"text": hostile("example"), **why}]
    return found


def hostile_answer() -> dict:
    names = [one["name"] for one in hostile_codebook()["frames"]]
    text = hostile("A sentence.")
    carried = {"sentences": [{"words": text, "contribution": 0.4}], "words": []}
    who = {"kind": "speaker", "name": hostile("speaker")}
    judged = [frame(names[0], evidence=carried, holder=who), frame(names[1], 0.2)]
    answer = document(
        {"text": hostile("heading"), "kind": "heading"},
        {"text": hostile("caption"), "kind": "caption"},
        {"text": hostile("furniture"), "kind": "boilerplate"},
        {
            "text": text, "speaker": who["name"], "said": [("A sentence.", who["name"])],
            "result": result(*judged, language=hostile("language"), language_supported=False),
        },
        {"text": "Bad.", "result": {"error": {"type": "x", "message": hostile("error")}}},
        title=hostile("title"), author=hostile("author"), date=hostile("date"),
        language=hostile("language"), format=hostile("format"),
    )  # fmt: skip
    answer["model"] = hostile("model")
    answer["codebook"]["name"] = hostile("codebook")
    return answer


def hostile_history() -> dict:
    about = {"created": hostile("day"), "base_model": hostile("base"), "champion": True}
    rest = {"pruned": False, "macro_f1": None, "report": "javascript:window.ran=1"}
    row = {"model": hostile("model"), "at": "", "by": hostile("by"), "reason": hostile("why")}
    return {"models": [{"model": hostile("model"), **about, **rest}], "promotions": [row]}


def sent(value: str) -> str:
    """As `encodeURIComponent` writes it."""
    return quote(value, safe="!'()*~")


def hostile_desk() -> dict:
    """What the views for labelling and for settling disputes are answered."""
    name = hostile("name")
    first = hostile_codebook()["frames"][0]["name"]
    about = {"now": "2026-01-01T00:00:00Z", "answered": 0, "total": 2}
    text = {
        "number": 1, "text_id": hostile("id"), "batch": hostile("batch"), "id": hostile("row"),
        "text": hostile("waiting"), "lang": hostile("language"), "source": hostile("source"),
        "document": hostile("document"), "date": None, "sampled": None, "meta": {}, "frames": None,
    }  # fmt: skip
    dispute = {
        "id": hostile("id"), "text": hostile("disputed"), "frames": [first],
        "agreed": {first: "favor"}, "answers": [{first: hostile("stance")}, {}], "standing": None,
    }  # fmt: skip
    named = {**dispute, "annotators": [hostile("left hand"), "right"]}
    asker = f"annotator={sent(name)}"
    return {
        "me": {"name": name, "role": "adjudicator"}, "codebook": hostile_codebook(),
        f"queue/answered?limit=20&{asker}": {**about, "texts": []},
        f"queue?limit=20&after=0&{asker}": {**about, "texts": [text]},
        f"queue?limit=20&after=1&{asker}": {**about, "texts": []},
        "score": {"results": [result(frame(first))]},
        "labels": {"error": {"type": "invalid", "message": hostile("fault")}},
        "disputes?limit=20": {"disputes": [dispute], "total": 1},
        "disputes?names=true&limit=200": {"disputes": [named], "total": 1},
        f"disputes/{sent(hostile('id'))}": {
            "status": 409,
            "error": {
                "type": "settled", "message": "",
                "decision": {"number": 3, "by": hostile("colleague"), "frames": {first: "favor"}},
            },
        },
    }  # fmt: skip


@pytest.fixture
def desk(browser, service):
    page = Page(browser, service.url, hostile_desk())
    yield page
    page.script("localStorage.clear()")


@pytest.fixture
def hostile_page(browser, service):
    made_up = {
        "codebook": hostile_codebook(), "documents": hostile_answer(), "models": hostile_history(),
    }  # fmt: skip
    page = Page(browser, service.url, made_up)
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.judged(1)
    return page


def nothing_ran(page: Page) -> None:
    assert page.script("return window.ran") is None
    made = "return document.querySelectorAll('img, svg, iframe, main script, [onerror]').length"
    assert page.script(made) == 0


def test_markup_in_every_field_is_shown_as_text(hostile_page):
    page = hostile_page
    page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    part(page.find(".paragraph.read"), ".more").click()
    part(page.find(".paragraph.read"), ".correct").click()
    shown = page.find("#read-view").text
    for name in (
        "title", "author", "date", "language", "model", "codebook", "heading", "caption",
        "furniture", "A sentence.", "speaker", "error", "frame 0", "frame 1", "claim",
    ):  # fmt: skip
        assert hostile(name) in shown.replace("\n", ""), name
    assert hostile("speaker") in page.find("#speakers-list").text
    page.find(".editor .cancel").click()
    part(page.find(".paragraph.read"), ".tag .frame").click()
    card = page.find("#tip").text
    assert hostile("claim") in card
    assert hostile("A sentence.") in card
    nothing_ran(page)


@pytest.mark.parametrize("view", ["model", "codebook"])
def test_markup_stays_text_in_the_other_views(hostile_page, view):
    page = hostile_page
    page.go_to(view)
    wanted = {
        "model": ("model", "base", "by", "why"),
        "codebook": (
            "frame 0", "claim", "definition", "inside", "example", "why it is one", "guide",
        ),
    }[view]  # fmt: skip
    page.wait(lambda: hostile(wanted[0]) in page.find(f"#{view}-view").text)
    shown = page.find(f"#{view}-view").text
    assert all(hostile(name) in shown for name in wanted)
    assert not page.all("a[href^='javascript']")
    nothing_ran(page)


def shows(page: Page, selector: str, *names: str) -> None:
    shown = page.find(selector).text.replace("\n", "")
    assert [name for name in names if hostile(name) not in shown] == []
    nothing_ran(page)


def test_markup_stays_text_where_texts_are_labelled(desk):
    desk.go_to("label")
    desk.wait(lambda: desk.find("#label-text").text == hostile("waiting"))
    desk.keys("m")
    desk.wait(lambda: "+ favor" in desk.find("#label-suggested").text)
    desk.keys("1")
    shows(desk, "#label-view", "name", "waiting", "frame 0", "frame 1")
    shows(desk, "#label-guide", "claim", "definition", "inside", "example", "guide")
    shows(desk, "#label-suggested", "frame 0")
    desk.keys("f", Keys.ENTER)
    desk.wait(desk.find("#label-refused").is_displayed)
    shows(desk, "#label-refused-words", "fault")
    shows(desk, "#label-said", "frame 0")


def test_markup_stays_text_where_disputes_are_settled(desk):
    desk.go_to("adjudicate")
    desk.wait(lambda: desk.find("#adjudicate-text").text == hostile("disputed"))
    shows(desk, "#adjudicate-about", "frame 0")
    shows(desk, "#adjudicate-list", "frame 0", "stance")
    desk.keys("m")
    desk.wait(lambda: hostile("left hand") in desk.find("#adjudicate-list").text)
    shows(desk, "#adjudicate-view", "name", "frame 1", "example")
    desk.keys(Keys.ENTER)
    desk.wait(lambda: desk.find("#adjudicate-overrule").is_displayed())
    shows(desk, "#adjudicate-about", "colleague")


def test_markup_in_a_fault_is_shown_as_text(browser, service):
    fault = {"error": {"type": "unreadable", "message": hostile("fault")}}
    page = Page(browser, service.url, {"documents": fault})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    assert page.problem() == hostile("fault")
    nothing_ran(page)


def test_the_shared_file_is_static_and_shows_markup_as_text(hostile_page, browser, tmp_path):
    saved = hostile_page.saved("html").decode("utf-8")
    assert "<script" not in saved
    assert "default-src 'none'" in saved
    assert "http:" not in saved.split("<main>")[1]
    path = tmp_path / "shared.html"
    path.write_text(saved, "utf-8")
    before = browser.current_window_handle
    browser.switch_to.new_window("tab")
    try:
        browser.get(path.as_uri())
        page = hostile_page
        page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        shown = page.find("body").text
        for name in (
            "title",
            "author",
            "heading",
            "furniture",
            "A sentence.",
            "speaker",
            "frame 0",
        ):
            assert hostile(name) in shown.replace("\n", ""), name
        assert browser.title == f"{hostile('title')} · Framescope"
        nothing_ran(page)
        assert page.logs("browser") == []
        assert not page.all("button, form, script")
    finally:
        browser.close()
        browser.switch_to.window(before)


def test_the_picture_holds_names_as_text(hostile_page):
    saved = hostile_page.saved("svg")
    tree = ET.fromstring(saved)
    kinds = {one.tag.split("}")[1] for one in tree.iter()}
    assert kinds <= {"svg", "title", "defs", "rect", "text", "tspan", "pattern"}
    assert hostile("frame 0") in {one.text for one in tree.iter()}


def test_the_picture_for_a_slide(hostile_page):
    saved = hostile_page.saved("png")
    assert saved[:8] == b"\x89PNG\r\n\x1a\n"
    sizes = int.from_bytes(saved[16:20], "big"), int.from_bytes(saved[20:24], "big")
    assert sizes == (1920, 1080)


def test_the_table_and_its_formulas(browser, service):
    text = '=HYPERLINK("http://x","y"), and a\nsecond line'
    answer = document(
        {"text": text, "result": result(frame("safety", 0.75, "against"))},
        {"text": "-1", "speaker": "+Ada", "result": result(frame("safety", 0.25))},
        title="@sum", author="\tBo",
    )  # fmt: skip
    page = Page(browser, service.url, {"documents": answer})
    page.find("#article").send_keys("anything")
    page.find("#read").click()
    page.judged(2)
    table = page.saved("csv").decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(table, newline=""))
    assert first["text"] == f"'{text}"
    assert (first["document"], first["author"]) == ("'@sum", "'\tBo")
    assert (second["text"], second["speaker"]) == ("'-1", "'+Ada")
    names = ("safety", "safety:present", "safety:stance", "safety:holder")
    assert [first[name] for name in names] == ["0.75", "true", "against", "author"]
    assert [second[name] for name in names] == ["0.25", "false", "", ""]
    assert json.loads(page.saved("json")) == {**answer, "corrections": []}
