"""What `/metrics` tells beyond BentoML's own figures."""

from prometheus_client import Counter, Gauge, Histogram

TEXTS = Counter(
    "framescope_texts",
    "Texts that were asked about, by outcome: scored, refused or failed",
    ["outcome"],
)

QUEUE_TOKENS = Gauge(
    "framescope_queue_tokens", "Tokens that wait to be scored", multiprocess_mode="livesum"
)
QUEUE_TEXTS = Gauge(
    "framescope_queue_texts", "Texts that wait to be scored", multiprocess_mode="livesum"
)
BATCH_TEXTS = Histogram(
    "framescope_batch_texts", "Texts scored together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
BATCH_TOKENS = Histogram(
    "framescope_batch_tokens",
    "Tokens scored together, without padding",
    buckets=(32, 64, 128, 256, 512, 1024, 2048, 4096, 8192),
)
WAIT_SECONDS = Histogram(
    "framescope_wait_seconds",
    "From when a text is in the queue to when its batch begins",
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60),
)
SCORING_SECONDS = Histogram(
    "framescope_scoring_seconds",
    "What scoring a batch takes",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
REFUSED = Counter(
    "framescope_refused_requests",
    "Requests to score that got no scores: queue_full, deadline, or gone (the client has left)",
    ["reason"],
)
