"""Eight shapes of site, each made of an article of `texts`."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import docx
import matplotlib
from fpdf import FPDF

from labels.reading import Kind
from tests.labels.reading.texts import Article


@dataclass(frozen=True)
class Made:
    """A document, what must be scored of it in this order, and what must be furniture."""

    content: bytes | str
    scored: tuple[str, ...]
    furniture: tuple[str, ...]
    kinds: dict[str, Kind] = field(default_factory=dict)
    signed: bool = True
    dated: bool = True


def news(a: Article) -> Made:
    """A news page: menu, article, an insertion, a quotation twice, an aside, comments, a footer."""
    one, two, three, four = a.paragraphs
    menu = "".join(f"<li><a href='/{n}'>{name}</a></li>" for n, name in enumerate(a.menu))
    cards = "".join(f"<li><a href='/c{n}'>{name}</a></li>" for n, name in enumerate(a.others))
    page = f"""<!DOCTYPE html><html lang="{a.language}" dir="{a.direction}"><head>
    <meta charset="utf-8"><title>{a.title} | The Courier</title>
    <meta name="author" content="{a.author}">
    <meta property="article:published_time" content="{a.date}T08:00:00Z">
    <script>var x = "<p>{one}</p>";</script><style>p {{ margin: 0 }}</style></head><body>
    <header class="site-header"><nav><ul>{menu}</ul></nav></header>
    <main><article><h1>{a.title}</h1><div class="byline">{a.byline}</div>
    <time>{a.day}</time>
    <figure><img src="x.jpg" alt="{a.others[0]} alt"><figcaption>{a.caption}</figcaption></figure>
    <p>{one[:30]}<strong>{one[30:45]}</strong>{one[45:]}</p>
    <p>{two[:20]}<a href="/x">{two[20:32]}</a>{two[32:]}</p>
    <aside class="pull-quote"><p>{a.quotation}</p></aside>
    <p><a href="/c1">{a.read_also}</a></p>
    <h2>{a.heading}</h2>
    <p>{three}</p><blockquote><p>{a.quotation}</p></blockquote>
    <p>{four}</p></article>
    <section class="related"><h3>{a.more}</h3><ul>{cards}</ul></section>
    <section id="comments"><p>{a.comments}</p></section></main>
    <footer><p>{a.rights}</p></footer></body></html>"""
    return Made(
        page,
        (one, two, three, a.quotation, four),
        (*a.menu, a.byline, a.read_also, a.more, *a.others, a.comments, a.rights),
        {a.title: "title", a.heading: "heading", a.caption: "caption", a.quotation: "quotation"},
    )


def blog(a: Article) -> Made:
    """A page of boxes without an article element; line breaks for paragraphs, escaped signs."""
    one, two, three, four = a.paragraphs
    items = "".join(f"<li><p>{item}</p></li>" for item in a.items)
    page = f"""<html lang="{a.language}"><head><title>{a.title}</title></head><body>
    <div id="wrap"><div class="menu"><a href="/">{a.menu[0]}</a> <a href="/a">{a.menu[1]}</a></div>
    <div class="post"><h2 class="entry-title">{a.title}</h2>
    <div class="post-meta"><span>{a.byline}</span><br><span>{a.day}</span></div>
    <div class="entry-content"><p>{one}</p><div>{two}<br><br>{three}</div>
    <ul>{items}</ul><p>{four}&nbsp;<img alt="{a.others[1]}" src="y.png"></p>
    <div class="sharedaddy"><h3>{a.share}</h3></div></div>
    <div class="nav-links"><a rel="prev" href="/p">{a.others[0]}</a></div></div>
    <div class="sidebar widget"><p>{a.follow}</p><ul><li><a href="/q">{a.others[1]}</a></li></ul>
    </div><div class="cookie-notice" style="display:none">{a.follow}</div></div></body></html>"""
    return Made(
        page,
        (one, two, three, *a.items, four),
        (a.byline, a.share, a.others[0], a.follow, a.others[1]),
        {a.title: "title"} | dict.fromkeys(a.items, "list_item"),
    )


def forum(a: Article) -> Made:
    """Conclusions of a meeting as plain text: short headings, quoted paragraphs, a date on top."""
    one, two, three, four = a.paragraphs
    spoken = f"“{a.quotation} {three}” {a.author}."
    text = "\n\n".join(
        [a.day, a.title, one, a.heading.upper(), two, spoken, f"{a.heading}\n\n\n{four}", a.rights]
    )
    return Made(
        text,
        (one, two, spoken, four),
        (a.day, a.rights),
        {a.title: "title", a.heading.upper(): "heading"},
        signed=False,
    )


def feed(a: Article) -> Made:
    """An item of a feed reader: a line of Markdown, then HTML, then the reader's own furniture."""
    one, two, three, four = a.paragraphs
    text = f"""<!--1773475200000-->
[{a.title}](https://courier.example/2026/03/14/{len(one)})
------

"""
    by = a.byline.removesuffix(a.author)
    text += (
        f'<div>{a.day} - 20:21</div><img src="https://courier.example/a.jpg" alt="{a.others[0]}">'
        f"<p><strong>{one}   </strong></p><div><p> </p><p>{two}</p>"
        f"<p><strong>{a.heading}</strong></p><p>{three}</p>"
        f"<p>{four[:15]}<strong>{four[15:]}</strong></p>"
        f"<div data-selfpromo-newsletter>{a.follow}</div></div>"
        f'<div><span>{by}</span><a href="/a">{a.author}</a></div><br><hr>'
        '<div>RSS:<br><a href="https://feeds.example">https://feeds.example</a><br></div>'
    )
    return Made(
        text,
        a.paragraphs,
        (a.follow, a.byline),
        {a.title: "title", a.heading: "heading"},
    )


def opinion(a: Article) -> Made:
    """Markdown as a clipper saves it: underlined words, escaped signs, a paragraph torn apart."""
    one, two, three, four = a.paragraphs
    torn = re.search(r"(?<=[^\W\d_]) (?=[^\W\d_])", three[40:])
    cut = 40 + torn.start() if torn and three[41 + torn.start()].islower() else None
    broken = f"{three[:cut]}\n\n{three[cut + 1 :]}" if cut else three
    head, _, last = a.caption.rpartition(" ")
    text = f"""\n \n## {a.title}\n\n{a.byline}\n\n{a.day}\n
{head} **{last}**\n
{one[:12]}<u>{one[12:20]}</u>{one[20:]}\n
{escaped(two)}\n\n## {a.read_also}\n
{escaped(broken)}\n\n![{a.others[0]}](z.jpg)\n\n> {a.quotation}\n
{four}\n\n{a.disclaimer}\n\n{a.more}\n\n[{a.others[1]}](https://courier.example/1)\n
https://courier.example/2026/a-long-address\n"""
    return Made(
        text,
        (one, two, three, a.quotation, four),
        (a.byline, a.day, a.read_also, a.disclaimer, a.more, a.others[1]),
        {a.title: "title", a.caption: "caption", a.quotation: "quotation"},
    )


def escaped(text: str) -> str:
    return text.replace("$", "\\$")


def release(a: Article) -> Made:
    """A ministry's release laid out in tables, in an encoding of its own, without closing tags."""
    one, two, three, four = a.paragraphs
    page = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-16">
    <title>{a.title}</title></head><body bgcolor=white><table width=100%><tr><td colspan=2>
    <a href=/>{a.menu[0]}</a> | <a href=/n>{a.menu[1]}</a></td></tr><tr><td valign=top>
    <a href=/1>{a.menu[2]}</a><br><a href=/2>{a.menu[3]}</a></td><td>
    <font size=5><h1>{a.title}</h1></font><p>{a.day}<p><b>{one}</b><p>{two}
    <p>{three}<p>{four}<p>{a.share}</td></tr>
    <tr><td colspan=2><small>{a.rights}</small></td></tr></table></body></html>"""
    return Made(
        page.encode("utf-16"),
        (one, two, three, four),
        (a.day, a.share, a.rights),
        {a.title: "title"},
        signed=False,
    )


def paper(a: Article) -> Made:
    """A PDF of several narrow pages, with running heads and a paragraph over each page's end."""
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    head = f"{a.menu[1]} – {a.menu[2]}"

    def shown(line: str) -> str:
        """As it stands on the page from the left; numbers are written so in every script."""
        turned = re.sub(r"\d+", lambda number: number[0][::-1], line[::-1])
        return turned if a.direction == "rtl" else line

    class Paper(FPDF):
        def header(self) -> None:
            self.set_font("DejaVu", size=8)
            self.cell(0, 6, shown(head), align="C", new_x="LMARGIN", new_y="NEXT")
            self.ln(4)

        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("DejaVu", size=8)
            self.cell(0, 6, str(self.page_no()), align="C")

    page = Paper(format=(110, 90))
    page.add_font("DejaVu", fname=fonts / "DejaVuSans.ttf")
    page.set_auto_page_break(True, margin=16)
    page.add_page()
    parts = [(18, a.title), (10, a.byline), (10, a.day), *((10, text) for text in a.paragraphs)]
    parts.insert(5, (14, a.heading))
    side = "R" if a.direction == "rtl" else "L"
    for size, text in parts:
        page.set_font("DejaVu", size=size)
        # Without a shaping library, letters written from right to left are put there one by one.
        for line in page.multi_cell(0, size * 0.5, text, dry_run=True, output="LINES"):
            page.cell(0, size * 0.5, shown(line), align=side, new_x="LMARGIN", new_y="NEXT")
        page.ln(3)
    return Made(
        bytes(page.output()),
        a.paragraphs,
        (head, a.byline, a.day, "1", "2"),
        {a.title: "title", a.heading: "heading"},
    )


def memo(a: Article) -> Made:
    """A Word file with styles, a list, a table, a header and a footer."""
    document = docx.Document()
    document.core_properties.author = a.author
    document.core_properties.language = a.language
    document.sections[0].header.paragraphs[0].text = a.menu[1]
    document.sections[0].footer.paragraphs[0].text = a.rights
    document.add_heading(a.title, 0)
    document.add_paragraph(a.day)
    one, two, three, four = a.paragraphs
    split = document.add_paragraph(one[:25])
    split.add_run(one[25:40]).bold = True
    split.add_run(one[40:])
    document.add_heading(a.heading, 1)
    document.add_paragraph(two)
    document.add_paragraph(a.quotation, style="Quote")
    for item in a.items:
        document.add_paragraph(item, style="List Bullet")
    document.add_paragraph(a.caption, style="Caption")
    table = document.add_table(1, 2)
    table.cell(0, 0).text = a.menu[2]
    table.cell(0, 1).text = three
    document.add_paragraph(four)
    file = io.BytesIO()
    document.save(file)
    return Made(
        file.getvalue(),
        (one, two, a.quotation, *a.items, three, four),
        (a.day, a.menu[1], a.menu[2], a.rights),
        {a.title: "title", a.heading: "heading", a.caption: "caption", a.quotation: "quotation"},
    )


SHAPES: tuple[Callable[[Article], Made], ...] = (
    news, blog, forum, feed, opinion, release, paper, memo,
)  # fmt: skip
