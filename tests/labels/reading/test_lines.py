"""Single lines and joints: what is furniture, a date, a name, a heading; what belongs together."""

import pytest

from labels.reading import DocumentError, Kind, read
from labels.reading.blocks import Block
from labels.reading.dates import date_line, first_date
from labels.reading.furniture import byline, is_credit, is_furniture

BODY = "The ministers agreed on Tuesday to share the results of every test that they run."


def kinds(content: str | bytes, format: str = "auto") -> list[tuple[Kind, str]]:
    return [(one.kind, one.text) for one in read(content, format).paragraphs]


@pytest.mark.parametrize(
    "line",
    [
        "You May Also Like", "+ There are no comments", "Estimated read time 3 min read",
        "7 min read", "Original url:", "https://a.example/b/c-d", "editor@a.example",
        "a.example/en",
        "© 2026 The Courier", "Related article: Who owns the chips", "Share",
        "Page 3 of 9", "- 4 -",
        "* This is a translation of a text first written in Russian.",
        "第 3 页 共 9 页", "来源：新华社",
        "Читайте также: Новый закон", "12 комментариев", "À lire aussi : La loi",
        "Lea también: La ley", "اقرأ أيضا: القانون",
        "The views expressed in this column are those of the writer alone.",
        "Ces propos n’engagent que leur auteur.", "未经授权，不得转载。", "(c) 2026 The Courier",
        "The post Who owns the chips appeared first on The Courier.",
        "Мнение автора может не совпадать с позицией редакции.", "Sign up for our newsletter.",
        "Sections ▾ World Politics", "Sign in | Subscribe for $1 a week", "Share Tweet Email Print",
        "Updated 2 hours ago", "Published an hour ago", "Your email address",
        "Additional reporting by Mira Solberg", "Get our evening briefing in your inbox.",
    ],
)  # fmt: skip
def test_lines_of_furniture(line):
    assert is_furniture(Block(line))


@pytest.mark.parametrize(
    "line",
    [
        "Share prices of the two chip makers fell by a tenth after the vote.",
        "Home networks are the target of the law, which sets a limit of two years.",
        "Comments by the minister drew laughter from the back of the hall.",
        "In 2024 the share of imported chips fell.",
        "The source: a draft that three delegates have read.",
        "Follow the money, and the cables explain themselves.",
        "He read also the annex, which nobody else had opened.",
        "来源国必须同意转让数据。",
        "Copyright rules of the accord bind every member from the first day.",
        "Published by the ministry on Monday, the draft names no company.",
        "По теме безопасности страны не договорились.",
        "No.",
        "Updated two hours ago by the ministry, the list still names no company.",
        "Email and print are read; Telegram is not.",
        "Facebook",
        "The ministry | the regulator | the courts: who decides?",
        "What lies in your inbox is read by a machine first.",
        "国会议员指责该公司未经授权收集数百万用户的数据，并要求其在三十天内说明情况。",
        "出版商起诉该公司，称其未经许可使用新闻报道训练模型。",
        "Позиция столицы может не совпадать с интересами соседей в вопросах связи.",
        "The views expressed in the survey show that most want local data centres.",
        "The spyware appeared first on the phones of two editors in the capital.",
        "2023年10月30日，总统签署人工智能行政命令。",
        "2019年5月16日、政府は企業をリストに追加した。",
        "On 5 May 2023 the law took effect.",
        "12 марта 2024 года закон вступил в силу.",
        "From 5 May 2023 to 6 June 2024 the capital restricted exports of gallium.",
        "(c) inform the authorities of each incident.",
        "Sign up for the digital currency reached 260 million wallets, the bank said.",
        "اشتركت الدولتان في تطوير شبكة جديدة.",
    ],
)
def test_sentences_are_no_furniture(line):
    assert not is_furniture(Block(line))
    assert date_line(line) is None
    assert byline(line) is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("5 September 2024", "2024-09-05"), ("December 02, 2023", "2023-12-02"),
        ("04/02/2024 - 20:21", "2024-02-04"), ("2024-02-04T10:00", "2024-02-04"),
        ("02/14/2026", "2026-02-14"), ("Published: Mon, 4 May 2026 at 09:30 GMT", "2026-05-04"),
        ("2026年3月14日 星期六", "2026-03-14"), ("14 марта 2026, 10:15", "2026-03-14"),
        ("Publié le 1er août 2025", "2025-08-01"), ("14 de marzo de 2026", "2026-03-14"),
        ("14 مارس 2026", "2026-03-14"), ("MOSCOW, 4 February 2024", "2024-02-04"),
        ("14 марта 2026 г.", "2026-03-14"), ("4 May 2026, 9:30 a.m.", "2026-05-04"),
        ("2024年05月06日 08:30 来源：人民网-国际频道", "2024-05-06"),
        ("Published: 4 May 2026 | Updated: 6 May 2026", "2026-05-04"),
        ("2019年5月16日企業はリストに追加", None),
        ("31 February 2024", None), ("Vision 2030", None), ("Version 1.2.3", None), ("4 May", None),
        ("The accord of 4 May 2026 changed what ministers may buy", None),
    ],
)  # fmt: skip
def test_lines_that_are_a_date(line, day):
    assert date_line(line) == day


def test_a_date_in_a_text_has_its_place():
    text = "It was signed on 4 May 2026 in Lima."
    day, (start, end) = first_date(text) or ("", (0, 0))
    assert (day, text[start:end]) == ("2026-05-04", "4 May 2026")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Ben Lund", "Ben Lund"), ("BY ANN LEE AND BO LI", "ANN LEE AND BO LI"),
        ("作者：林晓", "林晓"), ("Автор: Анна Белова", "Анна Белова"),
        ("Par Claire N'Simba", "Claire N'Simba"),
        ("Por Elena de la Cruz", "Elena de la Cruz"), ("بقلم ليلى حداد", "ليلى حداد"),
        ("By the end of May", None), ("By 2030", None), ("Byron Smith", None),
        ("Par ailleurs", None),
        ("By Law, Ministers Decide; Courts Follow", None), ("By", None),
    ],
)  # fmt: skip
def test_lines_that_name_an_author(line, name):
    assert byline(line) == name


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("Ministers at the gate of the hall. Ann Lee/REUTERS", True),
        ("Ministers at the gate. (Photo by Ann Lee)", True),
        ("Министры у входа. Фото: Анна Белова", True),
        ("A ministry of trade and/or industry decides.", False),
        ("Its image suffered; the credit went to others.", False),
        ("Система сравнивает фото прохожих с базой полиции.", False),
        ("حظرت السلطات تصوير المنشآت العسكرية في العاصمة.", False),
        ("Look at the bigger picture: Norland controls the ore that others need.", False),
        (
            "The police say the image: a face, a name, an address. Recognition is where this hits.",
            False,
        ),
        ("The bank trains staff in AI/ML.", False),
        ("Ministers at the gate of the hall Photo by Ann Lee", True),
        ("Ministers at the gate (Getty Images)", True),
    ],
)
def test_captions_by_who_took_the_picture(line, credit):
    assert is_credit(Block(line)) == credit


def test_a_paragraph_torn_apart_is_joined_and_what_was_between_comes_after():
    torn = (
        f"{BODY}\n\nThe tests are run on what\n\nRead more: Who owns the chips\n\nthe states own."
    )
    assert kinds(torn, "markdown") == [
        ("body", BODY),
        ("body", "The tests are run on what the states own."),
        ("boilerplate", "Read more: Who owns the chips"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{BODY}\n\nand so it ends here.",
        f"{BODY[:-1]}\n\nAnother begins with a capital.",
        f"## {BODY[:-1]}\n\nand so it ends here.",
    ],
    ids=["has an end", "capital", "heading"],
)
def test_what_is_whole_is_not_joined(text):
    assert len(kinds(text, "markdown")) == 2


def test_hard_wrapped_lines_are_one_paragraph():
    words = (BODY + " " + BODY).split()
    lines = [" ".join(words[at : at + 7]) for at in range(0, len(words), 7)]
    assert kinds("\n".join(lines), "text") == [("body", f"{BODY} {BODY}")]
    assert kinds("你好世界今天\n我们讨论数据。", "text") == [("body", "你好世界今天我们讨论数据。")]


def test_long_lines_are_paragraphs_of_their_own():
    long = f"{BODY} {BODY}"
    assert kinds(f"Who owns the chips\n{long}\n{long}", "text") == [
        ("title", "Who owns the chips"),
        ("body", long),
        ("body", long),
    ]


def test_lists_and_headings_in_plain_text():
    text = f"Who owns the chips\n\n{BODY}\n\nWhat is new\n\n- One test a year.\n- Two for trains."
    assert [kind for kind, _ in kinds(text)] == [
        "title", "body", "heading", "list_item", "list_item"
    ]  # fmt: skip
    assert kinds(text)[3][1] == "One test a year."


def test_markup_leaves_no_sign_in_the_text():
    page = (
        "<p>The <b>sum</b> of&nbsp;<u>\\$5</u> is\n<i>new</i>.<sup><a href='#1'>[1]</a></sup></p>"
        "<p hidden>Not seen by any reader of the page.</p><p>Two<br>lines of it.</p>"
    )
    assert [text for _, text in kinds(page)] == ["The sum of \\$5 is new.", "Two lines of it."]
    source = f"The *sum* of \\$5 is **new**, [here](x) and `there`.\n\n{BODY}"
    assert kinds(source)[0][1] == "The sum of $5 is new, here and there."


def test_front_matter_is_not_text():
    source = (
        f"---\ntitle: Who owns the chips\nauthor: Li Na\ndate: 2026-03-14\nlang: en\n---\n{BODY}"
    )
    document = read(source, "markdown")
    assert (document.title, document.author) == ("Who owns the chips", "Li Na")
    assert (document.date, document.language) == ("2026-03-14", "en")
    assert document.text == BODY


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (f"<html><body><p>{BODY}", "html"),
        (f"<p>{BODY}</p>\n<p>{BODY}</p>", "html"),
        (f"[Chips](https://a.example)\n---\n\n<div>{BODY}</div><p>{BODY}</p>", "html"),
        (f"# Chips\n\n{BODY}", "markdown"),
        (f"{BODY} It <u>ends</u> here.", "markdown"),
        (BODY, "text"),
        (f"{BODY} 1 < 2 and 3 > 2.", "text"),
    ],
)
def test_the_format_is_told_by_the_content(content, format):
    assert read(content).format == format
    assert read(content.encode()).format == format


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251", "koi8-r"])
def test_encodings(encoding):
    text = (
        "Министры договорились делиться результатами каждой проверки, и это решение окончательно."
    )
    assert read(text.encode(encoding)).text == text
    page = f"<html><head><meta charset='{encoding}'></head><body><p>{text}</p><p>{text}</p>"
    assert read(page.encode(encoding)).text == f"{text}\n\n{text}"


@pytest.mark.parametrize(
    ("content", "format", "type", "words"),
    [
        ("x", "odt", "unsupported_format", "no format 'odt'; there are: auto, html"),
        ("x", "pdf", "unsupported_format", "this is no PDF file; send the file itself"),
        (b"%PDF-1.7", "html", "unsupported_format", "this is a PDF file, not html"),
        ("%PDF-1.7 1 0 obj", "auto", "unsupported_format", "a PDF file, sent as text; send it as"),
        (
            "\ufeff\nJVBERi0xLjcK",
            "text",
            "unsupported_format",
            "a PDF file in base64, sent as text",
        ),
        ("PK\x03\x04\x14", "auto", "unsupported_format", "a DOCX file, sent as text; send it as a"),
        ("UEsDBBQAAAAI", "html", "unsupported_format", "a DOCX file in base64, sent as text; send"),
        (b"{\\rtf1 x}", "auto", "unsupported_format", "RTF; save it as DOCX"),
        (b"\x1f\x8b\x08", "auto", "unsupported_format", "unpack it"),
        ("<?xml version='1.0'?><rss><channel/></rss>", "auto", "unsupported_format", "a feed"),
        ("", "auto", "empty", "the document is empty"),
        ("<p> </p><script>x</script>", "html", "empty", "holds no text"),
        (b"\x00\x01\x02\xfe" * 100, "auto", "unreadable", "in no encoding known here"),
    ],
)
def test_what_is_not_read_is_named(content, format, type, words):
    with pytest.raises(DocumentError) as refused:
        read(content, format)
    assert (refused.value.type, words in str(refused.value)) == (type, True), refused.value


@pytest.mark.parametrize(
    "page",
    [
        "<form id='aspnetForm'>{}</form>", "<figure>{}</figure>", "<menu>{}</menu>",
        "<aside>{}</aside>", "<address>{}</address>", "<dialog>{}</dialog>",
    ],
)  # fmt: skip
def test_an_article_in_a_box_of_any_tag_is_the_article(page):
    text = "<h1>Who owns the chips</h1>" + f"<p>{BODY} {BODY}</p>" * 3
    inner = f"<div>{text}</div>"
    found = kinds(f"<html><body>{page.format(inner)}<footer><p>Rights.</p></footer></body></html>")
    assert [kind for kind, _ in found[:4]] == ["title", "body", "body", "body"]


@pytest.mark.parametrize(
    "box",
    [
        "<div class='elementor-widget elementor-widget-text-editor'><p>{0}</p><p>{0}</p></div>",
        "<section class='media__article-body sidebar-grid__content'><p>{0}</p></section>",
        "<div><p data-ad-index=1>{0}</p></div>",
    ],
)
def test_an_article_in_several_boxes_of_one_name_is_the_article(box):
    boxes = "".join(box.format(f"{BODY} It is number {n}.") for n in range(3))
    page = f"<html><body><main><h1>Who owns the chips</h1>{boxes}</main></body></html>"
    found = kinds(page)
    assert {kind for kind, _ in found[1:]} == {"body"}


@pytest.mark.parametrize(
    ("quoted", "found"),
    [
        ("<p>{0}</p><cite>Efua Mensah, Data Centre</cite>", ["quotation", "caption"]),
        ("<p>{0}</p><p><cite>— Efua Mensah</cite></p>", ["quotation", "caption"]),
        ("<p>{0}</p><p><cite>The Cable</cite> tells how it was done.</p>", ["quotation"] * 2),
        ("<p>It stands in <cite>The Cable</cite></p>", ["quotation"]),
    ],
)
def test_who_is_cited_below_a_quotation_is_no_part_of_it(quoted, found):
    quotation = quoted.format("Our data leave and come back as a bill.")
    page = f"<p>{BODY}</p><p>{BODY}</p><blockquote>{quotation}</blockquote><p>{BODY}</p>"
    read = kinds(f"<html><body><main>{page}</main></body></html>")
    assert [kind for kind, _ in read] == ["body", "body", *found, "body"]


@pytest.mark.parametrize(
    ("above", "title"),
    [
        (["The Norhaven Herald", "Harbour records come home", "By Jonas Ekwall"], 1),
        (["THE NORHAVEN HERALD", "Politics", "Harbour records come home at last"], 2),
        (["Norhaven Herald | News", "Log in", "Harbour records come home"], 2),
        (["The Harbour Record"], 0),  # nothing else could be the title
        (["Harbour records come home", "The Norhaven Herald"], 0),
        (["A new star", "Harbour records come home"], 0),  # not in capitals, as a name is
    ],
)
def test_the_name_of_a_newspaper_above_pasted_text_is_not_its_title(above, title):
    found = kinds("\n\n".join([*above, BODY, BODY.replace("Tuesday", "Monday")]), "text")
    assert [text for kind, text in found if kind == "title"] == [above[title]]
    assert [kind for kind, _ in found[-2:]] == ["body", "body"]
    if title:
        assert found[0][0] == "boilerplate"


def test_a_notice_that_a_site_marks_for_itself_is_furniture():
    notice = "<div class='newsletter'><p>Every week the best of our pages is in your box.</p></div>"
    page = f"<html><body><main><p>{BODY}</p><p>{BODY}</p>{notice}<p>{BODY}</p></main></body></html>"
    assert [kind for kind, _ in kinds(page)] == ["body", "body", "boilerplate", "body"]


def test_one_bad_byte_does_not_change_the_encoding():
    french = "La déclaration a été signée à Genève, où les délégués étaient réunis. " * 5
    cut = french.encode() + b"\xe2\x80"
    assert read(cut).text.startswith(french.strip())
    russian = "Министры договорились делиться результатами каждой проверки. " * 3
    page = f"<meta charset=utf-8><p>{russian}</p>".encode().replace(b"</p>", b"\xd0</p>")
    assert russian.strip() in read(page).text


def test_the_label_of_latin_1_means_windows_1252():
    page = b"<meta charset=iso-8859-1><p>\x93We don\x92t wait,\x94 said the minister.</p>"
    assert read(page).text == "“We don’t wait,” said the minister."


def test_a_line_of_dashes_below_a_paragraph_makes_no_heading():
    text = f"{BODY} {BODY}\n{BODY} {BODY}\n-----\n{BODY} {BODY}\n{BODY} {BODY}"
    document = read(text)
    assert document.format == "text"
    assert [one.text for one in document.paragraphs if one.kind == "body"] == [f"{BODY} {BODY}"] * 4
    marked = f"**One.** {BODY} {BODY}\n{BODY} {BODY}"
    assert [kind for kind, _ in kinds(marked, "markdown")] == ["body", "body"]
    assert kinds(f"Who owns the chips\n-----\n\n{BODY}")[0] == ("title", "Who owns the chips")


def test_a_marked_heading_of_several_sentences_is_text():
    assert kinds(f"<h1>Chips</h1><h3>{BODY} {BODY}</h3><p>{BODY}</p>")[1][0] == "body"


def test_items_of_a_marked_list_are_not_joined():
    items = ["a ban on facial recognition in public places", "the right to complain to a court",
             "fines of up to two percent of sales;"]  # fmt: skip
    page = f"<p>{BODY}</p><ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
    assert [text for kind, text in kinds(page) if kind == "list_item"] == items
    lettered = "<p>(a) states publish each test that they run;</p><p>(b) states pay for it;</p>"
    assert len(kinds(lettered)) == 2
    brand = f"<p>{BODY[:-1]}</p><p>iPhone sales fell after the vote.</p>"
    assert len(kinds(brand)) == 2


def test_lines_of_chinese_are_paragraphs_where_each_ends():
    lines = [
        "两国同意共享每次测试的结果。",
        "批评者认为这笔钱不够用，也没有人说明来源。",
        "会议周二结束。",
    ]
    assert [text for _, text in kinds("\n".join(lines), "text")] == lines


def test_signs_that_nobody_sees_are_gone_where_they_are_written_as_entities():
    page = f"<p>{BODY}</p><p>The Bundes&shy;regierung of the&#8203; north&#65279; agreed.</p>"
    assert kinds(page)[1][1] == "The Bundesregierung of the north agreed."


def test_many_comments_above_a_page_take_no_time():
    page = "<!-- made by a tool -->\n" * 2000 + f"<html><body><p>{BODY}</p></body></html>"
    assert kinds(page) == [("body", BODY)]


def test_the_title_is_the_heading_that_says_all_of_it():
    stated = "Artificial intelligence: what the accord says"
    heads = f"<h6>Artificial intelligence</h6><h1>{stated}</h1>"
    page = f"<html><head><title>{stated}</title></head><body>{heads}<p>{BODY}</p></body></html>"
    assert read(page).title == stated


def test_a_short_line_among_boxes_of_text_is_text():
    page = f"<body><div>{BODY}</div><div>Nobody was spared, officials said</div><div>{BODY}</div>"
    assert [kind for kind, _ in kinds(page)] == ["body", "body", "body"]


def test_a_page_that_hides_its_body_until_a_script_runs_is_read():
    assert kinds(f"<html><body style='visibility:hidden'><p>{BODY}</p>") == [("body", BODY)]
