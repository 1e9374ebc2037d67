"""What a label is: codebook, texts, the store, agreement, resolution, splits."""
