"""The bench runs whole, with a real service, and its arithmetic is right."""

import asyncio
import json
import os
import sys

import pytest

from cli import main
from eval.bench.load import Load, requests, take
from eval.bench.outcome import bench_table, ratios
from eval.bench.overload import figures
from eval.bench.peers import find_best
from eval.bench.plan import QUICK
from eval.bench.service import BenchError, Server

FOUND = {
    "in_process": {
        "framescope": [300, 100, 200], "framescope_fp32": [90, 120, 100],
        "onnxruntime": [50, 80, 100], "pipeline": [40, 41, 39], "pipeline_batch": 8,
    },
    "service": {
        "http": [90, 100, 160], "raw": [100, 200, 200], "single": {"p50": 6, "p99": 9, "mean": 6},
        "loaded": [{"p50": 1, "p99": 4, "mean": 2}, {"p50": 1, "p99": 3, "mean": 1}],
        "generator_share": 0.1,
        "start": [2.0], "resident_mb": {"ready": 300, "after": 400, "requests": 20}, "failed": 0,
    },
    "forward": {"p50": 4, "p99": 8, "mean": 4},
    "peers": {"litserve": {"setting": "batch 8", "tried": {}, "rates": [20, 25, 30]}},
    "missing": ["infinity"],
    "decisions": {
        "share": 0.002, "n": 1000, "score": 0.01, "company": 0.0, "macro_f1": 0.75,
        "macro_f1_fp32": 0.5,
    },
    "minutes": 9.5,
    "machine": {
        "processor": "one", "instructions": [], "cores": 2, "load": 0.1, "python": "3",
        "engine": "e", "precision": "bf16", "versions": {}, "peers": {},
    },
}  # fmt: skip


def test_ratios_worked_out_by_hand():
    assert ratios(FOUND) == {
        "in_process_vs_pipeline": 5.0,
        "in_process_vs_onnxruntime": 2.5,
        "in_process_fp32_vs_pipeline": 2.5,
        "http_vs_raw": 0.8,  # the median of 0.9, 0.5 and 0.8, each of one round
        "http_vs_litserve": 4.0,
        "p50_vs_forward": 1.5,
        "p99_vs_forward": 2.25,
        "p99_vs_mean": 2.5,
        "changed_decisions": 0.002,
        "macro_f1_change": 0.25,
    }


def test_a_peer_that_is_missing_is_named():
    lines = bench_table({**FOUND, "ratios": ratios(FOUND)})
    assert "not installed, or not answering, left out: infinity" in lines
    assert not any("http_vs_infinity" in line for line in lines)


def test_quick_bench_of_a_real_service(trained_copy, tmp_path, capsys):
    options = ["--home", str(trained_copy.home), "--out", str(tmp_path), "--quick", "--quiet"]
    assert main(["bench", *options, "--peers", str(tmp_path / "none")]) == 0
    found = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert found["model"] == trained_copy.version
    assert found["missing"] == ["infinity", "litserve"]
    assert found["service"]["failed"] == 0
    ratios = found["ratios"]
    assert ratios.pop("changed_decisions") < 0.2
    assert abs(ratios.pop("macro_f1_change")) < 0.2
    assert all(value > 0 for value in ratios.values())
    assert (tmp_path / "bench.svg").read_text("utf-8").startswith("<svg")
    assert "in_process_vs_pipeline" in capsys.readouterr().out


def test_overload_worked_out_by_hand():
    def offered(goodput, latencies, refused, unsent, cpu):
        return {
            "goodput": goodput, "latencies": latencies, "refused": refused, "unsent": unsent,
            "statuses": {"200": len(latencies), "429": len(refused)}, "closed": 0, "cpu": cpu,
        }  # fmt: skip

    def of_round(capacity, three, ten):
        return {
            "capacity": {"goodput": capacity},
            "3": offered(three, [1.0, 2.0], [0.1, 0.3, 0.2], 5, 0.1 * len(os.sched_getaffinity(0))),
            "10": offered(ten, [1.0], [], 0, 0.0),
        }

    found = figures([of_round(100, 90, 50), of_round(200, 150, 140), of_round(100, 80, 100)])
    assert found["capacity"] == 100
    three, ten = found["overload"]["3"], found["overload"]["10"]
    assert [three["goodput"], ten["goodput"]] == pytest.approx([0.8, 0.7])
    assert (three["p99"], three["refused"], three["unsent"]) == pytest.approx((1.99, 0.2, 0.5))
    assert three["generator"] == pytest.approx(0.1)
    assert ten["refused"] == 0


@pytest.mark.faults  # where other work takes the cores, a short round may have no answer at all
def test_overload_of_a_real_service(trained_copy, tmp_path, capsys):
    options = ["--home", str(trained_copy.home), "--out", str(tmp_path), "--quick", "--quiet"]
    assert main(["bench", *options, "--overload"]) == 0
    found = json.loads((tmp_path / "overload.json").read_text("utf-8"))
    for own in found["rounds"]:
        assert all({*one["statuses"]} <= {"200", "429"} for one in own.values())
        assert all(one["statuses"]["200"] > 0 and not one["closed"] for one in own.values())
    assert "10 times the capacity" in capsys.readouterr().out


def test_a_server_that_ends_is_an_error(tmp_path):
    with (
        pytest.raises(BenchError, match=r"^false: does not answer"),
        Server(["false"], tmp_path).running(tmp_path / "log"),
    ):
        pass


def test_load_counts_answers_and_failures():
    answered = []

    async def answer(reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2]))
            answered.append(json.loads(body))
            status = b"503 Busy" if len(answered) == 2 else b"200 OK"
            writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\n\r\n{}")

    async def run():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        load = Load(*server.sockets[0].getsockname(), requests(["a é", "b"], "score", "h", 5))
        await load.run(2, 30)
        server.close()
        return load

    load = asyncio.run(run())
    assert load.failed == 1
    assert len(load.latencies) == 4
    sent = sorted(body["texts"][0] for body in answered)
    assert sent == ["a é", "a é", "a é", "b", "b"]


def test_a_share_of_a_core_is_taken():
    assert take(0.0, 0.1) < 0.05
    assert 0.2 < take(0.3, 0.5) < 0.4


FAKE = """#!{python}
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def log_message(self, *args):
        pass
if sys.argv[sys.argv.index("--engine") + 1] == "optimum":
    sys.exit("no such engine")
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""


def test_peers_are_tried_at_each_setting(tmp_path):
    program = tmp_path / "peers" / "bin" / "infinity_emb"
    program.parent.mkdir(parents=True)
    program.write_text(FAKE.format(python=sys.executable), "utf-8")
    program.chmod(0o755)
    texts = tmp_path / "texts.json"
    texts.write_text('["a", "b"]', "utf-8")
    (tmp_path / "standard").mkdir()
    found = find_best(tmp_path / "peers", tmp_path / "standard", texts, QUICK, tmp_path)
    assert found.missing == ["litserve"]
    tried = found.tried["infinity"]
    assert tried.pop("optimum") is None
    assert len(tried) == 3
    setting, server = found.best["infinity"]
    assert tried[setting] == max(tried.values())
    assert server.command[server.command.index("--engine") + 1] == "torch"
