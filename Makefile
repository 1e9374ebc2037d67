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

.PHONY: install serve test test-model test-kills test-swaps test-planted test-store lint docs \
	starter-report suggest-simulation page-picture lock

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

serve: install
	@exec $(BIN)/framescope serve --train --port $(PORT)

# Two at a time, each on one core: threads of two processes on the same cores get in each other's way.
test: install
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile -m "not model and not kills and not planted and not writers"

# The behaviour of the fine-tuned champion; trains it if there is none.
test-model: install
	@$(BIN)/framescope models show --json 2> /dev/null | grep -q '"ensemble"' || $(BIN)/framescope retrain
	$(BIN)/pytest -m model

# Retraining killed at thirty random moments; takes minutes.
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

# The README's picture of the page, docs/page.png; needs a champion, and Chromium.
page-picture: install
	$(BIN)/python -m docs.page_picture

# How many labels each strategy needs: docs/suggest.json and docs/suggest.svg, of decision 11.
suggest-simulation: install
	$(BIN)/python -m docs.suggest_simulation

# Writes the versions that are installed now as those to install from now on.
lock: install
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/^\(torch==[0-9.]*\).*/\1/' > constraints.txt
