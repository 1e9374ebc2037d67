from labels.naming.mentions import Mention, Named, named
from labels.naming.own_names import FILE, NamesError, OwnNames, find_names, load_names

__all__ = [
    "FILE",
    "Mention",
    "Named",
    "NamesError",
    "OwnNames",
    "find_names",
    "load_names",
    "named",
]
