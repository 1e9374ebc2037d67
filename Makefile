# make serve   sets up, trains the starter model if there is none, serves page and API
# make test    sets up and runs the tests
PYTHON ?= python3.11
PORT ?= 3000
BIN := .venv/bin
STAMP := .venv/installed

# No library may ask a model hub, or tell anyone what is done here.
export HF_HUB_OFFLINE := 1
export HF_DATASETS_OFFLINE := 1
export BENTOML_DO_NOT_TRACK := True

.PHONY: install serve test test-model lint docs lock

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

serve: install
	@$(BIN)/framescope models show > /dev/null 2>&1 || $(BIN)/framescope retrain
	@exec $(BIN)/framescope serve --port $(PORT)

test: install
	$(BIN)/pytest -m "not model"

# The behaviour of the trained champion; trains it if there is none.
test-model: install
	@$(BIN)/framescope models show > /dev/null 2>&1 || $(BIN)/framescope retrain
	$(BIN)/pytest -m model

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Pages that are made from the code; a test checks that they are current.
docs: install
	$(BIN)/python -m docs.make

# Writes the versions that are installed now as those to install from now on.
lock: install
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/^\(torch==[0-9.]*\).*/\1/' > constraints.txt
