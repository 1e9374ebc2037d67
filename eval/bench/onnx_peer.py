"""Adds its ONNX graph to a model for sequence classification. Runs in the peers' environment."""

import sys

from optimum.onnxruntime import ORTModelForSequenceClassification

if __name__ == "__main__":
    folder = sys.argv[1]
    ORTModelForSequenceClassification.from_pretrained(folder, export=True).save_pretrained(folder)
