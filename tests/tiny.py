"""A tiny encoder, made here, and tiny codebooks and rows: what tests train on in seconds."""

import random
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from labels.codebook import Codebook, Frame, Stance
from labels.rows import LabelledRow, read_row

WORDS = {
    "markets": "tariff price trade export",
    "health": "vaccine clinic doctor fever",
    "law": "court judge verdict statute",
    "science": "telescope particle theory lab",
    "sports": "match league striker goal",
    "climate": "carbon warming flood drought",
    "schools": "pupil teacher classroom exam",
    "culture": "novel opera painting museum",
    "crime": "robbery suspect detective prison",
}
FILLER = ["the", "of", "on", "and", "today", "report", "said", "again", "people", "city", "plan"]

NINE = Codebook("nine-topics", 1, tuple(map(Frame, WORDS)), min_frames=1)
"""Nine frames without stances; the highest is taken where none passes."""

TWO = Codebook(
    "two-targets", 1, (Frame("markets"), Frame("health")), (Stance("for"), Stance("against"))
)
"""Two targets, two stances."""

SPEECH = {"for": "splendid welcome good", "against": "dreadful shameful bad"}


def rows(codebook: Codebook, n: int = 160, seed: int = 0) -> list[LabelledRow]:
    """Return rows whose frames and stances can be told from their words."""
    chance = random.Random(seed)
    found = []
    for number in range(n):
        frames = chance.sample(codebook.frame_names, chance.choice([1, 1, 1, 2]))
        label: dict[str, str] | list[str] = list(frames)
        words = [*chance.choices(FILLER, k=6), f"n{number}"]
        for frame in frames:
            words += chance.choices(WORDS[frame].split(), k=4)
        if codebook.stances:
            stance = chance.choice(codebook.stance_names)
            words += chance.choices(SPEECH[stance].split(), k=4)
            label = dict.fromkeys(frames, stance)
        chance.shuffle(words)
        row, problems = read_row({"text": " ".join(words), "frames": label}, codebook)
        assert row, problems
        found.append(row)
    return found


def make_encoder(folder: Path, texts: list[str], width: int = 32) -> Path:
    """Write a two-layer BERT with random weights and a WordPiece tokenizer learned on `texts`."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=1500, special_tokens=special)
    )
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=ends
    )
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), special, strict=True))
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{name}_token": token for name, token in names.items()}
    )
    wrapped.save_pretrained(folder)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=512,
    )
    BertModel(config).save_pretrained(folder)
    return folder
