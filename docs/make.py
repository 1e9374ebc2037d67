"""Makes the pages that come from the code: `make docs`. A test checks that they are current."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cli
from labels.codebook import load_codebook
from labels.codebook_page import codebook_markdown
from serving.api import create_app

DOCS = Path(__file__).parent


def pages() -> dict[str, str]:
    """Return each page's name and text."""
    return {
        "cli.md": cli_page(),
        "http.md": http_page(),
        "codebook.md": codebook_markdown(load_codebook()),
    }


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
    parts = [
        "# HTTP API",
        "Made by `make docs` from the service's OpenAPI document, which a running service shows at "
        "`/docs.json`. `/livez`, `/readyz` and `/metrics` are BentoML's; ready means that a model "
        "is served.",
        'Errors are `{"error": {"type", "message"}}` with 400, 401, 403, 404, 413, 422, 429 and '
        "503; the last two name in `Retry-After` when to try again. A text that cannot be read "
        "gets its own error in `/score`, and spoils no other.",
    ]
    for path, methods in found["paths"].items():
        for method, route in methods.items():
            parts += [f"## {method.upper()} {path}", route.get("description", "")]
            parts += list(_inputs(route, found["components"]["schemas"]))
    return "\n\n".join(parts) + "\n"


def _inputs(route: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    rows = [
        (parameter["name"], parameter["schema"], parameter.get("required", False))
        for parameter in route.get("parameters", ())
    ]
    if body := route.get("requestBody"):
        schema = schemas[body["content"]["application/json"]["schema"]["$ref"].split("/")[-1]]
        needed = schema.get("required", ())
        rows += [(name, kind, name in needed) for name, kind in schema["properties"].items()]
    if rows:
        lines = [f"| {name} | {_kind(kind)} | {_about(kind, must)} |" for name, kind, must in rows]
        yield "\n".join(["| field | kind | |", "| --- | --- | --- |", *lines])


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "$ref" in schema:
        return schema["$ref"].split("/")[-1].lower()
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return schema.get("type", "anything")


def _about(schema: dict[str, Any], required: bool) -> str:
    bounds = [
        f"{words} {schema[name]}"
        for name, words in (
            ("minItems", "at least"),
            ("maxItems", "at most"),
            ("minimum", "from"),
            ("maximum", "to"),
        )
        if name in schema
    ]
    said = schema.get("description", "")
    return " ".join([*(["Required."] if required else []), said, ", ".join(bounds)]).strip()


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
