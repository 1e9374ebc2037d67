"""LitServe around the Transformers pipeline, for comparison. Runs in the peers' environment."""

import argparse
import os

import litserve
import torch
from transformers import pipeline


class Classifier(litserve.LitAPI):
    """Texts in, labels and scores out, in batches as LitServe makes them."""

    folder = ""
    threads = 1

    def setup(self, device: str) -> None:
        torch.set_num_threads(self.threads)
        self.pipeline = pipeline("text-classification", model=self.folder, device="cpu", top_k=None)

    def decode_request(self, request: dict) -> str:
        return request["text"]

    def predict(self, texts: str | list[str]) -> list:
        if isinstance(texts, str):  # without batching
            return self.pipeline(texts, truncation=True)
        return self.pipeline(list(texts), truncation=True, batch_size=len(texts))

    def encode_response(self, output: list) -> dict:
        return {"scores": output}


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    batching = {"max_batch_size": args.batch, "batch_timeout": 0.02} if args.batch > 1 else {}
    api = Classifier(**batching)
    api.folder = args.model
    api.threads = max(1, len(os.sched_getaffinity(0)) // args.workers)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=args.workers)
    server.run(host="127.0.0.1", port=args.port, generate_client_file=False)


if __name__ == "__main__":
    main()
