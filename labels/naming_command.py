"""The commands `framescope names check|find`."""

from argparse import Namespace
from dataclasses import asdict

from labels.home import Home
from labels.language import language_of_row
from labels.naming import FILE, find_names, load_names, named
from labels.outcome import Outcome, counted


def check_names(args: Namespace) -> Outcome:
    """Read a list of names and count it.

    Raises:
        NamesError: if it cannot be used, with every problem and its line.
    """
    own = load_names(args.file or Home.find(args.home).folder / FILE)
    spellings = {label: list(each) for label, each in own.spellings.items()}
    total = sum(map(len, spellings.values()))
    said = f"{counted(len(spellings), 'name')}, {counted(total, 'spelling')}; no problem found"
    return Outcome({"names": spellings}, said)


def find_in_text(args: Namespace) -> Outcome:
    """Say what a text mentions.

    Raises:
        NamesError: if the list of names cannot be used.
    """
    own = find_names(Home.find(args.home), args.names)
    language = language_of_row(args.language, args.text)
    found = named(args.text, language, own)
    data = {
        "language": language, "countries": found.countries, "names": found.names,
        "mentions": [asdict(mention) for mention in found.mentions],
    }  # fmt: skip
    lines = [f"{'what':10}  {'kind':8}  {'start':>6}  {'end':>6}  text"]
    for one in found.mentions:
        words = args.text[one.start : one.end]
        lines.append(f"{one.label:10}  {one.kind:8}  {one.start:6}  {one.end:6}  {words}")
    return Outcome(data, "\n".join(lines) if found.mentions else "nothing was found")
