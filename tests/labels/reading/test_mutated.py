"""Real-looking files of the five formats, damaged at random, and the process that reads them.

Each is read, or refused in words, within the process's limits, and nothing of it is in the log.
`FRAMESCOPE_TEST_CASES` sets how many for each format, other ones each time (`make test-fuzz`).
"""

import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import get_args

import docx
import pytest
from fpdf import FPDF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.reading import DocumentError
from labels.reading.document import ErrorType
from labels.reading.guarded import Reader
from tests.labels.reading.test_properties import UNSEEN

CASES = int(os.environ.get("FRAMESCOPE_TEST_CASES", "0"))
FEW = 40
MARK = "nobodylogsthis"
"""A word of every file, which must not be in what the process says beside its answers."""

PARTS = (
    f"Ports agree on shared tests {MARK}",
    "By Ann Lee, 4 May 2026",
    f"The ministers of two coastal states agreed on Monday to test cargo scanners together. {MARK}",
    "“We will not buy what we cannot repair,” said Ana Torres. « Bien sûr », dit-elle.",
    "政府表示数据必须留在国内。他说：“我们不会让步。”",
    "Read also: what the ports paid last year",
)


def html_file() -> bytes:
    body = "".join(f"<p class='a' onclick=\"b()\">{part} <a href=/x>more</a></p>" for part in PARTS)
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Ports</title>"
        "<meta property='og:title' content='Ports'><meta name=author content='Ann Lee'>"
        '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-05-04"}'
        f"</script></head><body><nav><ul><li>Home</li></ul></nav><article><h1>Ports</h1>{body}"
        "<blockquote>One line.</blockquote><table><tr><td>1</td></tr></table><!-- c --></article>"
        "<aside>Share</aside></body></html>"
    ).encode()


def markdown_file() -> bytes:
    lines = ["---\ntitle: Ports\ndate: 2026-05-04\n---\n# Ports", *PARTS, "> *One* **line**."]
    lines += ["1. [one](http://x.example)\n2. ![two](y.png)", "```\ncode\n```", "| a | b |\n|-|-|"]
    return "\n\n".join(lines).encode()


def text_file() -> bytes:
    return "\r\n\r\n".join(PARTS).encode("utf-16")


def pdf_file() -> bytes:
    """Not packed, so that what is changed in it is seen by the parser of pages."""
    made = FPDF()
    made.set_compression(False)
    made.set_title("Ports")
    made.add_page()
    made.set_font("Helvetica", size=11)
    for part in PARTS:
        made.multi_cell(0, 6, part.encode("latin-1", "replace").decode("latin-1"))
        made.ln()
    return bytes(made.output())


def docx_file() -> bytes:
    made, out = docx.Document(), io.BytesIO()
    made.add_heading("Ports", 0)
    for part in PARTS:
        made.add_paragraph(part)
    made.add_table(2, 2).cell(0, 0).text = "1"
    made.sections[0].header.paragraphs[0].text = "Page"
    made.save(out)
    return out.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "html": html_file, "markdown": markdown_file, "text": text_file, "pdf": pdf_file,
    "docx": docx_file,
}  # fmt: skip
PIECES = {
    "html": (
        b"<", b"</p>", b"<p>" * 200, b"<!--", b"]]>", b"&#xd800;", b"&amp;" * 99, b"<table>" * 50,
        b"<meta charset=utf-7>", b"<base href=//x>", b"<svg><![CDATA[", b"<plaintext>", b"<?xml",
    ),
    "markdown": (b"*_" * 99, b"[" * 99, b">" * 99, b"```", b"|" * 99, b"---\n", b"<p>", b"\\" * 9),
    "text": (b"\xff\xfe", b"\xd8\xd8", b"\x00" * 9, b"\r" * 9, b"\xe2\x80\x8b" * 9, b"{\\rtf"),
    "pdf": (
        b"/Length 99999999", b"endstream", b"endobj", b"/Filter/FlateDecode", b"1 0 R", b"[" * 99,
        b"<<" * 99, b"/Kids[1 0 R]", b"/Count -1", b"/Encrypt 1 0 R", b"xref", b"Tj " * 99,
    ),
    "docx": (
        b"<w:p>" * 99, b"</w:p>", b"<!DOCTYPE x [<!ENTITY e 'aaa'>]>", b"&e;", b"<w:tbl>" * 30,
        b"r:id='rId99'", b"../../x", b"<w:sdt>", b"<w:gridSpan w:val='99999999'/>",
    ),
}  # fmt: skip


def changes(format: str) -> st.SearchStrategy[list[tuple[str, float, float, bytes]]]:
    """Up to six changes: what is done, at which place, to how much, and with what."""
    pieces = st.sampled_from(PIECES[format]) | st.binary(min_size=1, max_size=8)
    kinds = st.sampled_from(["put", "over", "cut", "again", "end"])
    parts = st.floats(0, 1, exclude_max=True)
    return st.lists(st.tuples(kinds, parts, parts, pieces), max_size=6)


def changed(content: bytes, how: list[tuple[str, float, float, bytes]]) -> bytes:
    for kind, place, size, piece in how:
        at = int(place * len(content))
        to = at + max(1, int(size * min(64, len(content))))
        if kind == "put":
            content = content[:at] + piece + content[at:]
        elif kind == "over":
            content = content[:at] + piece + content[at + len(piece) :]
        elif kind == "cut":
            content = content[:at] + content[to:]
        elif kind == "again":
            content = content[:to] + content[at:to] * 20 + content[to:]
        elif at > len(content) // 2:
            content = content[:at]
    return content


def damaged(format: str, whole: bytes, how: list, part: float) -> bytes:
    """Return a file that is changed; of a DOCX it is one part, and the archive stays whole."""
    if format != "docx" or part >= 0.8:
        return changed(whole, how)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(parts)[int(part / 0.8 * len(parts))]
    parts[name] = changed(parts[name], how)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for own, content in parts.items():
            archive.writestr(own, content)
    return out.getvalue()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as found:
        found.warm()
        yield found


def check(reader: Reader, content: bytes, format: str, name: str | None) -> bool:
    """Read a file, and return whether it could be."""
    try:
        document, spoken = reader.read_spoken(content, format, name)
    except DocumentError as error:
        refused = error
    else:
        refused = None
    if refused:
        words = str(refused)
        assert refused.type in get_args(ErrorType)
        # Else a rule of ours has failed on it, and the worker has caught that.
        assert "cannot be read (" not in words or "DOCX" in words or "PDF" in words
        assert len(words) < 500
        return False
    at = 0
    for one, said in zip(document.paragraphs, spoken, strict=True):
        assert at <= one.start < one.end
        assert document.text[one.start : one.end] == one.text
        assert not UNSEEN.search(one.text)
        assert all(0 <= own.start < own.end <= len(one.text) for own in said)
        at = one.end
    return True


@pytest.mark.parametrize("format", FILES)
def test_the_files_are_read_as_they_are(reader, format):
    document = reader.read(FILES[format]())
    assert document.format == format
    assert MARK in document.text
    with_format = reader.read(FILES[format](), format)
    assert with_format.text == document.text


@pytest.mark.parametrize("format", FILES)
def test_any_damage(reader, format, capfd):
    whole, found = FILES[format](), []

    @settings(
        max_examples=CASES or FEW, deadline=None, derandomize=not CASES, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(changes(format), st.floats(0, 1), st.sampled_from(["auto", format]))
    def read_damaged(how, part, named):
        content = damaged(format, whole, how, part)
        found.append(check(reader, content, named, f"a.{format}"))

    read_damaged()
    assert any(found)
    assert reader._process.poll() is None, "it ended, and was not replaced"
    assert MARK not in "".join(capfd.readouterr())
    with capfd.disabled():
        if CASES:
            print(f"\n{format}: {len(found):,} files, {sum(found):,} read, the others refused")


def test_a_stream_that_says_a_wrong_size_is_refused_or_read(reader):
    packed = zlib.compress(b"BT /F 9 Tf (x) Tj ET")
    for size in (0, 1, 10**9, -5):
        body = b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (size, packed)
        whole = pdf_file().replace(b"endobj", b"endobj\n99 0 obj\n" + body + b"\nendobj", 1)
        check(reader, whole, "auto", None)
