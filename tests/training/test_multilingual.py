"""Another encoder, in other scripts: XLM-R with a SentencePiece vocabulary, and the same code."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaModel, XLMRobertaTokenizer

from labels.home import Home
from labels.rows import LabelledRow, read_row
from labels.snapshot import take_rows
from labels.store import Store
from serving.backends import OnnxBackend, TorchBackend
from serving.predictor import Predictor
from serving.scorers import EncoderScorer
from tests.tiny import TWO
from training.bundle import Manifest
from training.config import TrainConfig
from training.finetune import score
from training.fit import train
from training.model import FrameClassifier
from training.progress import Progress
from training.registry import Registry

# Of each language: what it says of either target, of either stance, of neither; and its spaces.
SPEECH = {
    "zh": (
        {"markets": "关税 价格 贸易 出口", "health": "疫苗 诊所 医生 发烧"},
        {"for": "支持 欢迎 赞成", "against": "反对 抗议 谴责"},
        "今天 政府 报告 人们 城市 计划 认为 新的 我们 会议", "",
    ),
    "ru": (
        {"markets": "пошлина цена торговля экспорт", "health": "вакцина клиника врач лихорадка"},
        {"for": "поддерживать приветствовать одобрять", "against": "против протест осуждать"},
        "сегодня правительство доклад люди город план считает новый встреча", " ",
    ),
    "en": (
        {"markets": "tariff price trade export", "health": "vaccine clinic doctor fever"},
        {"for": "support welcome approve", "against": "oppose protest condemn"},
        "today government report people city plan thinks new meeting", " ",
    ),
}  # fmt: skip


def sentence(chance: random.Random, lang: str, frame: str, stance: str) -> str:
    targets, stances, filler, space = SPEECH[lang]
    words = chance.choices(filler.split(), k=7) + chance.choices(targets[frame].split(), k=4)
    words += chance.choices(stances[stance].split(), k=3)
    chance.shuffle(words)
    return space.join(words) + ("。" if lang == "zh" else ".")


def multilingual_rows(n: int) -> list[LabelledRow]:
    chance, found = random.Random(0), []
    for number in range(n):
        lang = sorted(SPEECH)[number % 3]
        frame, stance = chance.choice(TWO.frame_names), chance.choice(TWO.stance_names)
        text = sentence(chance, lang, frame, stance)
        row, problems = read_row({"text": text, "lang": lang, "frames": {frame: stance}}, TWO)
        assert row, problems
        found.append(row)
    return found


def make_xlm_roberta(folder: Path, texts: list[str]) -> Path:
    """Write a three-layer XLM-R with random weights and a Unigram tokenizer learned on `texts`."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        texts,
        trainers.UnigramTrainer(
            vocab_size=400, special_tokens=special, unk_token="<unk>", show_progress=False
        ),
    )
    pieces = json.loads(tokenizer.to_str())["model"]["vocab"]
    wrapped = XLMRobertaTokenizer(vocab=[(piece, score) for piece, score in pieces])
    wrapped.save_pretrained(folder)
    config = XLMRobertaConfig(
        vocab_size=len(wrapped),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=258,
        pad_token_id=wrapped.pad_token_id,
        type_vocab_size=1,
    )
    torch.manual_seed(0)
    XLMRobertaModel(config).save_pretrained(folder)
    return folder


@dataclass(frozen=True)
class Made:
    """A bundle, what it was made of, and texts that it has not seen."""

    encoder: Path
    folder: Path
    manifest: Manifest
    fresh: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("multilingual")
    snapshot = take_rows(multilingual_rows(180), TWO, test_share=0.1)
    encoder = make_xlm_roberta(folder / "encoder", [row.text for row in snapshot.rows])
    registry = Registry(Home.find(folder / "state"), Store.open("sqlite://", TWO))
    config = TrainConfig(base_model=str(encoder), epochs=3, batch_size=16, frozen_share=2 / 3)
    manifest = train(snapshot, config, registry, Progress(quiet=True))
    chance = random.Random(1)
    fresh = {
        lang: {frame: sentence(chance, lang, frame, "for") for frame in TWO.frame_names}
        for lang in SPEECH
    }
    return Made(encoder, registry.folder(manifest.version), manifest, fresh)


def test_two_of_three_layers_are_frozen(made):
    before, after = (load_file(f / "model.safetensors") for f in (made.encoder, made.folder))
    assert before.keys() == after.keys()
    same = {name for name in before if torch.equal(before[name], after[name])}
    kept = ("embeddings.", "encoder.layer.0.", "encoder.layer.1.", "pooler.")
    assert same == {name for name in before if name.startswith(kept)}


def test_both_scripts_are_read_without_unknown_tokens(made):
    tokenizer = AutoTokenizer.from_pretrained(made.folder)
    for texts in made.fresh.values():
        for ids in tokenizer(list(texts.values()))["input_ids"]:
            assert tokenizer.unk_token_id not in ids
            assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
    pieces = tokenizer.tokenize(made.fresh["zh"]["markets"])
    assert 3 < len(pieces) < len(made.fresh["zh"]["markets"])


@pytest.mark.parametrize("lang", ["zh", "ru", "en"])
def test_scores_are_the_same_over_both_backends(made, lang):
    onnx, torch_ = (Predictor.open(made.folder, backend=name) for name in ("onnx", "torch"))
    texts = [*made.fresh[lang].values(), made.fresh[lang]["health"] * 30, "🙂"]
    one, other = onnx.predict(texts), torch_.predict(texts)
    assert [answer.truncated for answer in one] == [False, False, True, False]
    assert one[0].language == lang
    for answer, again in zip(one, other, strict=True):
        assert (answer.tokens, answer.truncated) == (again.tokens, again.truncated)
        found = {frame.label: frame for frame in again.frames}
        for frame in answer.frames:
            assert frame.score == pytest.approx(found[frame.label].score, abs=1e-4)
            shares = found[frame.label].stance.scores
            assert frame.stance.scores == pytest.approx(shares, abs=1e-4)


def test_encoders_logits_are_those_of_training(made):
    # The ensemble could hide what the encoder does: here are its own logits, in one ragged batch.
    texts = [text for by_frame in made.fresh.values() for text in by_frame.values()]
    model = FrameClassifier.read(made.folder, TWO)
    expected = score(model, AutoTokenizer.from_pretrained(made.folder), texts, TWO, 256)
    assert np.ptp(expected.frames, axis=0).min() > 0.1
    for engine in (OnnxBackend(made.folder), TorchBackend(made.folder, TWO)):
        found = EncoderScorer(made.folder, engine, TWO, 256).score(texts).logits
        np.testing.assert_allclose(found.frames, expected.frames, atol=1e-4)
        np.testing.assert_allclose(found.stances, expected.stances, atol=1e-4)


@pytest.mark.parametrize("lang", ["zh", "ru", "en"])
def test_targets_are_found_in_every_language(made, lang):
    predictor = Predictor.open(made.folder)
    for frame, text in made.fresh[lang].items():
        (answer,) = predictor.predict([text])
        assert answer.frames[0].label == frame
        assert answer.frames[0].present
