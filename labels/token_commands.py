"""The commands `framescope tokens create|list|revoke`."""

from argparse import Namespace
from dataclasses import asdict

from labels import tokens
from labels.home import Home
from labels.outcome import Outcome
from labels.store import Store


def create(args: Namespace) -> Outcome:
    """Make the token `args.name` with the role `args.role`; it is shown this once."""
    token = tokens.create(_store(args), args.name, args.role)
    data = {"name": args.name, "role": args.role, "token": token}
    return Outcome(data, f"{token}\nkeep it: only its hash is stored, so it is not shown again")


def listed(args: Namespace) -> Outcome:
    """List every token ever made, without the tokens themselves."""
    found = tokens.listed(_store(args))
    lines = [
        f"{token.name}: {token.role}, made {token.at[:16]}"
        + (f", revoked {token.revoked[:16]}" if token.revoked else "")
        for token in found
    ]
    none = "no tokens: only the user of this machine can write, while the service is bound to it"
    return Outcome([asdict(token) for token in found], "\n".join(lines) or none)


def revoke(args: Namespace) -> Outcome:
    """End the rights of the token `args.name`."""
    tokens.revoke(_store(args), args.name)
    return Outcome({"revoked": args.name}, f"'{args.name}' is revoked; what it wrote stays")


def _store(args: Namespace) -> Store:
    return Store.open(Home.find(args.home).database)
