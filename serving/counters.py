"""What `/metrics` tells beyond BentoML's own figures."""

import bentoml

TEXTS = bentoml.metrics.Counter(
    name="framescope_texts_total",
    documentation="Texts that were asked about, by outcome: scored or refused",
    labelnames=["outcome"],
)
