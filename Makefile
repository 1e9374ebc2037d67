# make serve   sets up, serves page and API, and trains the starter model meanwhile if there is none
# make test    sets up and runs the tests
PYTHON ?= python3.11
PORT ?= 3000
BIN := .venv/bin
STAMP := .venv/installed

# No library may ask a model hub, or tell anyone what is done here.
export HF_HUB_OFFLINE := 1
export HF_DATASETS_OFFLINE := 1
export BENTOML_DO_NOT_TRACK := True

.PHONY: install serve test test-model test-long test-kills test-swaps test-planted test-store test-fuzz test-faults soak lint \
	docs starter-report suggest-simulation shares-simulation drift-simulation study page-picture bench speed-page lock

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

serve: install
	@exec $(BIN)/framescope serve --train --port $(PORT)

# Two at a time, each on one core: threads of two processes on the same cores get in each other's way.
test: install
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -m "not model and not kills and not planted and not writers and not fuzz and not faults and not long"

# The worked study, several processes, kills, and whole rounds of training; three minutes.
test-long: install
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -m long

# The behaviour of the fine-tuned champion; trains it if there is none.
test-model: install
	@$(BIN)/framescope models show --json 2> /dev/null | grep -q '"ensemble"' || $(BIN)/framescope retrain
	$(BIN)/pytest -m model

# Retraining, and scoring a corpus, killed at thirty random moments; takes minutes.
test-kills: install
	$(BIN)/pytest -m kills

# Twenty champions in turn under 32 connections, held to their times and memory; writes its figures.
test-swaps: install
	FRAMESCOPE_TEST_SWAPS=20 FRAMESCOPE_TEST_WORKERS=1 \
	FRAMESCOPE_TEST_SWAPS_OUT=$${FRAMESCOPE_TEST_SWAPS_OUT:-reports/swaps.json} \
	$(BIN)/pytest -s tests/serving/test_swaps.py

# Errors planted in the labels of the starter corpus, and found again; takes minutes.
test-planted: install
	$(BIN)/pytest -s -m planted

# Eight processes that write 10,000 labels each, and thirty kills, on both databases; takes minutes.
test-store: install
	$(BIN)/pytest -m writers

# 10,000 requests made up from the OpenAPI document of a running service, then 10,000 damaged
# documents and 8,000 files of labels; takes three quarters of an hour.
test-fuzz: install
	$(BIN)/pytest -s -m fuzz
	FRAMESCOPE_TEST_CASES=2000 $(BIN)/pytest -s tests/labels/reading/test_mutated.py \
		tests/labels/formats/test_any_bytes.py

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Pages that are made from the code; a test checks that they are current.
docs: install
	$(BIN)/python -m docs.make

# The report on the starter model in docs/starter-report; needs a champion of the starter corpus.
starter-report: install
	$(BIN)/python -m docs.starter_report

# The pictures of the page in docs/; needs a champion, and Chromium.
page-picture: install
	$(BIN)/python -m docs.page_picture

# How many labels each strategy needs: docs/suggest.json and docs/suggest.svg, of decision 11.
suggest-simulation: install
	$(BIN)/python -m docs.suggest_simulation

# How often intervals of shares hold the truth: docs/shares.json and docs/shares.svg, of decision 21.
shares-simulation: install
	$(BIN)/python -m docs.shares_simulation

# How often drift is found where there is some, and where there is none: docs/drift.json, of decision 22.
drift-simulation: install
	$(BIN)/python -m docs.drift_simulation

# Two years of four outlets that are made up, from documents to charts: docs/study/.
study: install
	$(BIN)/python -m docs.study

# Workers killed again and again, databases stopped and frozen; takes minutes.
test-faults: install
	$(BIN)/pytest -m faults

# An hour of mixed load on a copy of the champion, every answer checked; SECONDS=… for another time.
# Errors and growth of memory or open files end it with 1. Ctrl-C gives the report so far.
SECONDS ?= 3600
soak: install
	$(BIN)/python -m eval.soak --seconds $(SECONDS)

# How fast the champion is, beside other tools; under 12 minutes on a machine that does nothing else.
# Those tools need other versions of the same packages, so they have an environment of their own.
bench: install .venv-bench/installed
	$(BIN)/framescope bench --peers .venv-bench

# The same for docs/speed.md.
speed-page: install .venv-bench/installed
	$(BIN)/framescope bench --peers .venv-bench --out docs
	$(BIN)/python -m docs.make

.venv-bench/installed: eval/bench/peers.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --disable-pip-version-check --requirement eval/bench/peers.txt
	touch $@

# Writes the versions that are installed now as those to install from now on.
lock: install
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/^\(torch==[0-9.]*\).*/\1/' > constraints.txt
