"""How much a bench does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds`: of one measurement over HTTP; `probe`: of one to warm up or to find a setting.

    `singles`: requests one after the other in each round; `starts`: of the service;
    `requests`: after which its memory is looked at.
    """

    rounds: int = 5
    texts: int = 300
    seconds: float = 6.0
    probe: float = 3.0
    connections: int = 64
    singles: int = 80
    starts: int = 5
    requests: int = 10_000


QUICK = Plan(
    rounds=2, texts=24, seconds=0.4, probe=0.2, connections=8, singles=5, starts=1, requests=30
)  # fmt: skip
"""Whether it works, in seconds; no figure of it says anything."""
