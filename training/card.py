"""The model card that goes with a bundle."""

from labels.snapshot import Snapshot
from training.bundle import LINEAR_ONLY, Manifest


def model_card(manifest: Manifest, snapshot: Snapshot) -> str:
    """Return the card as Markdown: what the model is, from which labels, how far to trust it."""
    frames, languages = _decisions(manifest), _languages(manifest)
    return f"""# Framescope model {manifest.version}

A classifier of frames and stances in paragraphs, by the codebook
'{manifest.codebook.name}' version {manifest.codebook.version}.

- {_model(manifest)} on {how_fitted(manifest, snapshot)}.
  {len(snapshot.test)} more texts are the frozen test part and were used for nothing.
- Labels: {manifest.labels_hash}; test part: {manifest.test_hash}.
- Seed {manifest.config["seed"]}, trained in {manifest.precision}, {_read(manifest)}.

## Decisions

Scores are calibrated probabilities. A score inside the band is uncertain: it is the smallest band
outside of which at least 95% of decisions are right on the texts that it was calibrated on.

| frame | threshold | uncertain |
| --- | --- | --- |
{frames}

## Languages

{_how_judged(manifest, snapshot)}
A language, as it is detected, that is not supported is a guess at best.

| language | held-out texts | macro-F1 | supported |
| --- | --- | --- | --- |
{languages}

## Limits

The model reads a paragraph on its own and knows neither its author nor its document. It was
trained on the labels named above and is as good, and as biased, as they are.
"""


def how_fitted(manifest: Manifest, snapshot: Snapshot) -> str:
    """Say how many texts a model was fitted on, and on how many it was calibrated."""
    n_held_out = len(manifest.held_out.text_ids)
    n_fit = len(snapshot.train) - n_held_out
    if n_fit:
        return f"{n_fit} texts, calibrated on {n_held_out} more"
    return f"{n_held_out} texts, calibrated on each part of them by a model of the others"


def _how_judged(manifest: Manifest, snapshot: Snapshot) -> str:
    # With it comes scikit-learn, for whose second commands that fit nothing need not wait.
    from training.member import is_cross_fitted

    held_out = set(manifest.held_out.text_ids)
    if is_cross_fitted([row.group for row in snapshot.train if row.text_id in held_out]):
        return (
            "Figures on held-out texts, each part of them calibrated and decided by what was\n"
            "fitted on the others."
        )
    return (
        "Figures on the very texts that it was calibrated on, which flatter it: they are all of "
        "one document."
    )


def _model(manifest: Manifest) -> str:
    if manifest.base_model == LINEAR_ONLY:
        return "The linear baseline alone (TF-IDF and logistic regression, no encoder), fitted"
    return f"Encoder: {manifest.base_model}, fine-tuned"


def _read(manifest: Manifest) -> str:
    n = manifest.max_tokens
    return f"at most {n}\n  tokens of a text are read" if n else "all of a text is read"


def _decisions(manifest: Manifest) -> str:
    member = manifest.members[manifest.main]
    return "\n".join(
        f"| {name} | {decision.threshold:.2f} | {decision.band[0]:.2f} to {decision.band[1]:.2f} |"
        for name, decision in zip(manifest.codebook.frame_names, member.decisions, strict=True)
    )


def _languages(manifest: Manifest) -> str:
    return "\n".join(
        f"| {language} | {found.n} | "
        f"{'-' if found.macro_f1 is None else format(found.macro_f1, '.2f')} | "
        f"{'yes' if found.supported else 'no'} |"
        for language, found in manifest.members[manifest.main].languages.items()
    )
