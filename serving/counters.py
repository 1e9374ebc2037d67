"""What `/metrics` tells beyond BentoML's own figures."""

from prometheus_client import Counter

TEXTS = Counter(
    "framescope_texts", "Texts that were asked about, by outcome: scored or refused", ["outcome"]
)
