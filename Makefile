# make run     start the app on http://localhost:8501
# make test    run every test; browser tests need Chromium (see README)
# make lint     ruff, mypy and, where there is npm, tsc over the scripts of the pages
# make bench   speed, as ratios against a naive page
# make bench-anchors  suggested anchors against those of other tools; needs the data folder
# make bench-gpu  is the CUDA path right, and how quick: for a machine with CUDA
# make soak    many people at once: SESSIONS (20) browsers for MINUTES (10), and what that breaks
# make docs    write docs/settings.md from the declarations of the settings
# make catalogue  write assets/locale/messages.pot from every text in the sources
# make fuzz    feed every reader with damaged files, SECONDS (60) each; needs atheris

PYTHON ?= python3
VENV := .venv
SECONDS ?= 60
MINUTES ?= 10
SESSIONS ?= 20
BIN := $(VENV)/bin

.PHONY: run test lint lint-scripts bench bench-anchors bench-gpu soak docs catalogue fuzz clean

run: $(VENV)/.run
	$(BIN)/streamlit run app.py

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory lint-scripts; \
	elif [ -z "$(REQUIRE_BROWSER)" ]; then echo "No npm here: the scripts were not checked."; \
	else echo "No npm here: the scripts cannot be checked."; exit 1; fi

lint-scripts: node_modules/.package-lock.json
	node_modules/.bin/tsc

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench.bench

bench-anchors: $(VENV)/.test
	$(BIN)/python -m tests.bench.suggest_peers

bench-gpu: $(VENV)/.test
	$(BIN)/python -m tests.bench.gpu

soak: $(VENV)/.test
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --sessions $(SESSIONS)

docs: $(VENV)/.run
	$(BIN)/python -m rpn_core.settings.table > docs/settings.md

fuzz: $(VENV)/.test
	FUZZ_SECONDS=$(SECONDS) $(BIN)/python -m tests.fuzz

catalogue: $(VENV)/.test
	$(BIN)/python -m tests.catalogue

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(BIN)/python
	$(BIN)/pip install -q -r requirements.txt
	touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	touch $@

$(VENV)/.test: tests/requirements.txt $(VENV)/.run
	$(BIN)/pip install -q -r tests/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
