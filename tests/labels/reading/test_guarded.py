"""Hostile documents, and the process that reads them."""

import io
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import docx
import psutil
import pytest
from fpdf import FPDF

from labels.reading import MAX_BYTES, DocumentError, read
from labels.reading.guarded import MEMORY, Reader, ReaderError

LINE = "Both states agreed to share the results of every test."


@pytest.fixture(scope="module")
def reader():
    with Reader(seconds=0.6) as found:  # a third of what is usual, to save the tests' time
        found.warm()
        yield found


def word_file(**parts: bytes) -> bytes:
    file = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(LINE)
    document.save(file)
    with zipfile.ZipFile(file) as archive:
        own = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**own, **parts}.items():
            archive.writestr(name, content)
    return out.getvalue()


def lying_word_file() -> bytes:
    """A part that says that it is small, and unpacks to 300 MB."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(300 * 2**20)) + packed.flush()
    content = bytearray(word_file(**{"word/document.xml": b"A" * 64}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = archive.getinfo("word/document.xml")
    data = member.header_offset + 30 + len(member.filename)
    raw = bytes(content[:data]) + body + bytes(content[data + member.compress_size :])
    grown = len(body) - member.compress_size
    old, new = member.compress_size.to_bytes(4, "little"), len(body).to_bytes(4, "little")
    raw = raw.replace(old + (64).to_bytes(4, "little"), new + (64).to_bytes(4, "little"))
    end = raw.rfind(b"PK\x05\x06") + 16
    start = int.from_bytes(raw[end : end + 4], "little") + grown
    return raw[:end] + start.to_bytes(4, "little") + raw[end + 4 :]


def pdf_file(pages: int = 1) -> bytes:
    document = FPDF()
    for _ in range(pages):
        document.add_page()
    document.set_font("Helvetica", size=11)
    document.multi_cell(0, 6, LINE)
    return bytes(document.output())


def pdf_bomb() -> bytes:
    """A page whose content unpacks from 400 kB to 280 MB of letters."""
    packed = zlib.compress(b"BT /F 9 Tf " + b"(x) Tj " * (40 * 2**20), 9)
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 5 0 R"
        b"/Resources<</Font<</F 4 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(places)
    return out + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {one} "{("&" + other + ";") * 10}">' for one, other in pairwise("ihgfedcba")
)
XML = b"<?xml version='1.0'?>" + BOMB.encode() + b"]><x>&i;</x>"

HOSTILE = {
    "100 MB": (lambda: "x" * 100_000_000, "too_large"),
    "100 MB of bytes": (lambda: bytes(100_000_000), "too_large"),
    "nested tags": (lambda: "<div>" * 100_000 + LINE, "too_complex"),
    "nested bold": (lambda: f"<p>{LINE}" + "<b>" * 100_000, "too_complex"),
    "many tags": (lambda: "<p>a" * (MAX_BYTES // 4), "too_complex"),
    "many paragraphs": (lambda: "a\n\n" * (MAX_BYTES // 3), "too_complex"),
    "nested emphasis": (lambda: "# a\n\n" + "*a_ " * 500_000, "too_complex"),
    "nested quotations": (lambda: ">" * 500_000 + LINE, None),
    "open brackets": (lambda: "# a\n\n" + "[" * 50_000, None),
    "one line": (lambda: "a " * 1_000_000, None),
    "signs": (lambda: "a.b@" * 500_000, None),
    "entity bomb": (lambda: BOMB + f"]><p>{LINE} &i;</p>", "unreadable"),
    "outer entity": (
        lambda: f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a; {LINE}</p>',
        "unreadable",
    ),
    "entities in DOCX": (lambda: word_file(**{"word/document.xml": XML}), "unreadable"),
    "zip bomb": (lambda: word_file(**{"word/media/a.bin": bytes(200 * 2**20)}), "too_large"),
    "zip bomb in its text": (
        lambda: word_file(**{"word/document.xml": b"<a>" + b" " * (90 * 2**20)}), "too_large"
    ),
    "zip that lies": (lying_word_file, "unreadable"),
    "many parts": (lambda: word_file(**{f"a/{n}.xml": b"" for n in range(3000)}), "too_large"),
    "nested DOCX": (
        lambda: word_file(**{"word/document.xml": b"<w:p>" * 100_000}), "unreadable"
    ),
    "PDF bomb": (pdf_bomb, "too_complex"),
    "many pages": (lambda: pdf_file(501), "too_complex"),
    "cut PDF": (lambda: pdf_file()[:400], None),
    "broken encoding": (lambda: b"\xff\xfe\x00" + b"\xd8\xd8" * 50_000, None),
    "noise": (lambda: bytes(range(256)) * 40_000, None),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_end_in_time_and_memory(reader, name):
    make, type = HOSTILE[name]
    content = make()
    reader.warm()
    process = psutil.Process(reader._process.pid)
    limits = process.rlimit(psutil.RLIMIT_AS)
    before, ended = process.cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    if type is None:  # it can be read, or cannot: in time and memory
        with suppress(DocumentError):
            reader.read(content)
    else:
        with pytest.raises(DocumentError) as refused:
            reader.read(content)
        assert refused.value.type == type, refused.value
    assert limits == (MEMORY, MEMORY)
    if reader._process.pid == process.pid:
        after = process.cpu_times()
        spent = after.user + after.system
    else:  # replaced: its time is among that of the processes that have ended
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - ended.ru_utime - ended.ru_stime
    assert spent - before.user - before.system < 2
    assert reader.read(LINE).text == LINE


def test_scripts_are_no_text(reader):
    page = f"<p>{LINE}</p><script>alert('a')</script><p onclick='b()'>{LINE}</p><style>p</style>"
    assert reader.read(page).text == f"{LINE}\n\n{LINE}"


def test_nothing_is_fetched(reader):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.2)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        page = (
            f'<html><head><base href="{url}"><link rel="stylesheet" href="{url}/a.css">'
            f'<meta http-equiv="refresh" content="0;url={url}"></head><body><img src="{url}/i.png">'
            f'<iframe src="{url}"></iframe><p>{LINE} {LINE}</p><script src="{url}/s.js"></script>'
            f'<object data="{url}"></object></body></html>'
        )
        xml = f'<?xml version="1.0"?><!DOCTYPE x SYSTEM "{url}/x.dtd"><x/>'.encode()
        for ask in (read, reader.read):
            ask(page)
            ask(f"![a]({url}/i.png)\n\n{LINE}")
            with pytest.raises(DocumentError):
                ask(word_file(**{"word/document.xml": xml}))
        with pytest.raises(TimeoutError):
            listening.accept()


def test_what_it_reads_is_what_is_read_here(reader):
    for content in (f"# A title\n\n{LINE}\n\nBy Ann Lee", pdf_file(), word_file(), "a\ud83d b."):
        assert reader.read(content) == read(content)


def test_quotations_come_with_the_document(reader):
    document, spoken = reader.read_spoken(f"A title\n\n“{LINE}” said Ana Torres, the minister.")
    (one,) = spoken[1]
    assert (spoken[0], one.speaker) == ((), "Ana Torres")
    assert document.paragraphs[1].text[one.start : one.end] == LINE
    with pytest.raises(DocumentError, match=r"3 paragraphs to score; at most 2") as refused:
        reader.read_spoken(f"{LINE}\n\n" * 3, most=2)
    assert refused.value.type == "too_large"


def test_a_killed_process_is_replaced(reader):
    reader.warm()
    first = reader._process.pid
    os.kill(first, signal.SIGKILL)
    reader._process.wait()
    assert reader.read(LINE).text == LINE
    assert reader._process.pid != first


def test_it_rests_when_idle_and_reads_again():
    with Reader() as reader:
        assert reader.resting
        reader.warm()
        reader.rest(60)
        assert not reader.resting
        process = psutil.Process(reader._process.pid)
        reader.rest(0)
        assert reader.resting
        assert not process.is_running()
        assert reader.read(LINE).text == LINE
        with reader._one:  # as while a document is read
            reader.rest(0)
        assert not reader.resting


def test_threads_each_get_their_own_document(reader):
    def ask(number: int) -> bool:
        line = f"{LINE} It is number {number}."
        return reader.read(line).text == line

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(40)))
    assert reader.waiting == 0


def test_closing_ends_the_process_at_once():
    reader = Reader(seconds=60)
    reader.warm()
    process = psutil.Process(reader._process.pid)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(reader.read, "*a_ " * 500_000, "markdown")
        while not reader.waiting:
            time.sleep(0.01)
        reader.close()
        assert isinstance(asked.exception(), DocumentError | ReaderError)
    assert not process.is_running()
    with pytest.raises(ReaderError, match="stopping"):
        reader.read(LINE)


def test_the_process_may_write_and_ask_nothing(tmp_path):
    code = (
        "import socket\nfrom labels.reading.worker import _confine\n_confine(2**31)\n"
        "for act in (lambda: socket.create_connection(('127.0.0.1', 9)),\n"
        f"            lambda: open({str(tmp_path / 'a')!r}, 'w').write('x' * 9999),\n"
        "            lambda: __import__('subprocess').run(['true'])):\n"
        "    try: act(); print('done')\n"
        "    except OSError: print('refused')\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.split() == ["refused"] * 3, done.stderr


W = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"


def word_lines(inner: str) -> list[str]:
    xml = f"<w:document {W}><w:body>{inner}</w:body></w:document>"
    return [one.text for one in read(word_file(**{"word/document.xml": xml.encode()})).paragraphs]


@pytest.mark.parametrize(
    ("inner", "lines"),
    [
        ("<w:sdt><w:sdtContent><w:p>{0}</w:p></w:sdtContent></w:sdt>", ["One two."]),
        ("<w:p>{0}<w:ins><w:r><w:t> Three.</w:t></w:r></w:ins></w:p>", ["One two. Three."]),
        ("<w:p><w:smartTag>{0}</w:smartTag></w:p>", ["One two."]),
        ("<w:p><w:fldSimple>{0}</w:fldSimple></w:p>", ["One two."]),
        ("<w:p><w:sdt><w:sdtContent>{0}</w:sdtContent></w:sdt></w:p>", ["One two."]),
        ("<w:p>{0}<w:moveFrom>{0}</w:moveFrom></w:p>", ["One two."]),
        ("<w:p>{0}<w:r><w:br/><w:br/></w:r>{0}</w:p>", ["One two.", "One two."]),
        ("<w:tbl><w:sdt><w:sdtContent><w:tr><w:tc><w:p>{0}</w:p></w:tc></w:tr></w:sdtContent>"
         "</w:sdt></w:tbl>", ["One two."]),
        ("<w:p>{0}<w:r><w:pict><w:txbxContent><w:p>{0}</w:p></w:txbxContent></w:pict></w:r></w:p>",
         ["One two.", "One two."]),
    ],
    ids=["block", "insertion", "smart tag", "field", "inline", "moved", "breaks", "row", "box"],
)  # fmt: skip
def test_words_in_what_word_puts_around_them_are_read(inner, lines):
    assert word_lines(inner.format("<w:r><w:t>One two.</w:t></w:r>")) == lines


def test_a_fault_of_the_reader_is_not_called_the_time(reader):
    # The name cannot be sent back as text, and the worker answers all the same.
    with pytest.raises(DocumentError) as refused:
        reader.read("x", "auto", "\ud800.pdf")
    assert refused.value.type == "unsupported_format"
    with pytest.raises(DocumentError, match=r"within 0\.6 seconds and 1,024 MB"):
        reader.read("*a_ " * 500_000, "markdown")
