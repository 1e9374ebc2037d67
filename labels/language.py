"""The language of a text, by py3langid (Lui and Baldwin 2012), which works offline."""


def language_of(text: str) -> str:
    """Return the language of a text as an ISO 639 code, such as en. A guess on very short texts."""
    import py3langid  # its model takes half a second to load

    return py3langid.classify(text)[0]
