"""Makes the pages that come from the code: `make docs`. A test checks that they are current."""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cli
from docs.speed_page import speed_page
from eval.schema import Index, Report, json_schema
from labels.codebook import load_codebook
from labels.codebook_page import codebook_markdown
from serving.api import create_app
from serving.openapi import ERROR_TYPES

DOCS = Path(__file__).parent


def pages() -> dict[str, str]:
    """Return each page's name and text."""
    return {
        "cli.md": cli_page(),
        "http.md": http_page(),
        "codebook.md": codebook_markdown(load_codebook()),
        "speed.md": speed_page(json.loads((DOCS / "bench.json").read_text("utf-8"))),
        "report.schema.json": _json(json_schema(Report)),
        "index.schema.json": _json(json_schema(Index)),
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1) + "\n"


def cli_page() -> str:
    """The command line, from its own help."""
    os.environ["COLUMNS"] = "90"
    parts = [
        "# Command line",
        "Made by `make docs` from the commands' own help. Every command takes `--home DIR` and, "
        "where a program would read the outcome, `--json`. Exit codes: 0; 1 for an error, in one "
        "line on stderr; 2 for usage; 3 when `retrain` does not pass the gate.",
    ]
    for name, parser in commands(cli.parser()):
        parts += [f"## framescope {name}", f"```text\n{parser.format_help().strip()}\n```"]
    return "\n\n".join(parts) + "\n"


def commands(
    parser: argparse.ArgumentParser, path: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command's name and parser."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for name, command in (pair for group in groups for pair in group.choices.items()):
        yield from commands(command, f"{path} {name}".strip())
    if not groups:
        yield path, parser


def http_page() -> str:
    """The HTTP API, from its OpenAPI document."""
    found = create_app().openapi()
    schemas = found["components"]["schemas"]
    parts = [
        "# HTTP API",
        "Made by `make docs` from the service's OpenAPI document, which a running service shows at "
        "`/docs.json`. `/livez`, `/readyz` and `/metrics` are BentoML's; ready means that a model "
        "is served.",
        'Every error is `{"error": {"type", "message"}}`. Each route names its own; besides, any '
        "may answer 404 or 405 (no such place or method), 408 (sent too slowly), 413 (too large), "
        "500 (a fault of the service) or 503 (busy, stopping, or without what it needs). 503 says "
        "in `Retry-After` when to try again. A text that cannot be read gets its own error in "
        "`/score`, and spoils no other.",
    ]
    rows = [f"| `{type}` | {words} |" for type, words in ERROR_TYPES.items()]
    parts.append("\n".join(["| type of error | |", "| --- | --- |", *rows]))
    parts.append("Answers in the examples show two of the frames.")
    named: list[str] = []
    for path, methods in found["paths"].items():
        for method, route in methods.items():
            parts += [f"## {method.upper()} {path}", route.get("description", "")]
            parts += [*_inputs(route, schemas), *_requests(route)]
            parts += [*_answers(route, schemas), *_errors(route)]
            named += _refs([route.get("requestBody"), route["responses"][_success(route)]])
    parts.append("## What they are made of")
    shown = set(named)
    for name in (queue := list(dict.fromkeys(named))):
        inner = [ref for ref in _refs(schemas[name]) if ref not in queue]
        queue += dict.fromkeys(inner)
        if name not in shown:
            parts += [f"### {name}", _words(schemas[name]), _table("field", _fields(schemas[name]))]
    return "\n\n".join(parts) + "\n"


_Row = tuple[str, dict[str, Any], bool]


def _inputs(route: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    rows: list[_Row] = [
        (parameter["name"], parameter["schema"], parameter.get("required", False))
        for parameter in route.get("parameters", ())
    ]
    bodies = route.get("requestBody", {}).get("content", {})
    if len(bodies) < 2:
        for name in _refs(bodies):
            rows += _fields(schemas[name])
    if rows:
        yield _table("field", rows, must=True)
    if len(bodies) > 1:
        for media, body in bodies.items():
            own = [field for name in _refs(body) for field in _fields(schemas[name])]
            yield f"Sent as `{media}`:"
            yield _table("field", own, must=True)


def _answers(route: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    answer = route["responses"][_success(route)]["content"]["application/json"]["schema"]
    if "$ref" in answer:
        yield _table("answer", _fields(schemas[_refs(answer)[0]]))
    else:
        yield f"The answer is a {_kind(answer)}, made of"
        yield _table("answer", [row for name in _refs(answer) for row in _fields(schemas[name])])
    yield _shown("answer", _example(route, _success(route)))


def _requests(route: dict[str, Any]) -> Iterator[str]:
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {})
    for name, example in body.get("examples", {}).items():
        yield _shown(f"request, {name}", example["value"])


def _errors(route: dict[str, Any]) -> Iterator[str]:
    rows = []
    for code in (code for code in route["responses"] if code[0] != "2"):
        error = _example(route, code)["error"]
        words = f"`{error['type']}`: {error['message']}"
        rows.append(f"| {code} | {route['responses'][code]['description']} | {words} |")
    if rows:
        yield "\n".join(["| error | | for example |", "| --- | --- | --- |", *rows])


def _example(route: dict[str, Any], code: str) -> Any:
    return route["responses"][code]["content"]["application/json"]["example"]


def _shown(what: str, value: Any) -> str:
    """Return an example, folded; short lists and objects stand on one line."""
    return (
        f"<details><summary>Example: {what}</summary>\n\n"
        f"```json\n{_lines(value)}\n```\n\n</details>"
    )


def _lines(value: Any, indent: str = "") -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= 96 or not isinstance(value, dict | list):
        return flat
    inner = f"{indent}  "
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(key)}: {_lines(part, inner)}" for key, part in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _lines(part, inner) for part in value) + f"\n{indent}]"


def _success(route: dict[str, Any]) -> str:
    return next(code for code in route["responses"] if code[0] == "2")


def _fields(schema: dict[str, Any]) -> list[_Row]:
    needed = schema.get("required", ())
    return [(name, kind, name in needed) for name, kind in schema["properties"].items()]


def _table(what: str, rows: list[_Row], must: bool = False) -> str:
    """Return a table of fields; `must`: say which of them a request needs."""
    lines = [
        f"| {name} | {_kind(kind)} | {_about(kind, must and needed)} |"
        for name, kind, needed in rows
    ]
    return "\n".join([f"| {what} | kind | |", "| --- | --- | --- |", *lines])


def _refs(value: Any) -> list[str]:
    """Return the names of the schemas that a part of the document refers to, in its order."""
    if isinstance(value, dict):
        own = [value["$ref"].split("/")[-1]] if "$ref" in value else []
        return own + [name for part in value.values() for name in _refs(part)]
    return [name for part in value for name in _refs(part)] if isinstance(value, list) else []


def _words(schema: dict[str, Any]) -> str:
    return " ".join(schema.get("description", "").split())


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        *first, last = (f"`{value}`" for value in values)
        return f"{', '.join(first)} or {last}" if first else last
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return f"[{name}](#{name.lower()})"
    if "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])} {_kind(schema['prefixItems'][0])}s"
    if schema.get("type") == "array":
        return f"list of {_inner(schema['items'])}"
    if isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {_inner(values)}"
    return schema.get("type", "anything")


def _inner(schema: dict[str, Any]) -> str:
    return f"({_kind(schema)})" if "anyOf" in schema else _kind(schema)


def _about(schema: dict[str, Any], required: bool) -> str:
    several = schema.get("anyOf", ())
    bounds = [
        f"{words} {part[name]:g}"
        for part in (schema, *several)
        for name, words in (
            ("minItems", "at least"),
            ("maxItems", "at most"),
            ("minimum", "from"),
            ("maximum", "to"),
        )
        if name in part and "prefixItems" not in part
    ]
    said = schema.get("description", "")
    about = [*(["Required."] if required else []), said, ", ".join(bounds)]
    return " ".join(part for part in about if part)


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
