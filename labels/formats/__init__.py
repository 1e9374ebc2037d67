"""The files that labels come in and go out as.

`files` reads and writes them; `sniff` tells which format a file is in. A module for each family
holds what is particular to it: tables (`jsonl`, `delimited`, `parquet`, `excel`) and the files of
labelling tools (`label_studio`, `doccano`, `prodigy`, `argilla`, `potato`). `names` and `carried`
are what the tools' modules share.
"""

TABLES = ("jsonl", "csv", "parquet", "xlsx")
"""The formats that hold one labelled row in each of their rows, under the columns' own names."""

STREAMED = ("jsonl", "csv", "parquet")
"""The tables that rows of any columns, such as scores, are written to."""

TOOLS = ("label-studio", "doccano", "prodigy", "argilla", "potato")
FORMATS = (*TABLES, *TOOLS)
