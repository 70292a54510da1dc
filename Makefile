# Two commands: `make demo` and `make test`. Both set everything up in .venv first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
WORKERS ?= auto

.PHONY: demo test quick lint bench damage kills fuzz docs lock clean help

help:  ## Show the targets.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed  ## Scan the bundled, fictional region and say where the report is.
	@$(BIN)/barrier demo --out barrier-demo

test: $(VENV)/.installed-dev lint  ## Lint, types, layers, and all tests; the slowest twenty are listed.
	$(BIN)/pytest -n $(WORKERS) --durations=20

quick: $(VENV)/.installed-dev  ## The tests that take about a minute: not the slow ones, Neo4j or the browser.
	$(BIN)/pytest -n $(WORKERS) -m "not slow and not neo4j and not browser"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-dev  ## Time and memory beside what a user would use instead; writes docs/benchmarks.md.
	$(BIN)/python -m benchmarks

damage: $(VENV)/.installed-dev  ## Damage a scanned store 500 times at random: is it noticed?
	$(BIN)/python -m tools.damage --times 500

kills: $(VENV)/.installed-dev  ## Kill commands at work 40 times: is anything lost?
	$(BIN)/python -m tools.kills --times 40

fuzz: $(VENV)/.installed-dev  ## Give the readers 20,000 broken tables, mappings, YAML files and options.
	$(BIN)/python -m tools.fuzz --times 20000 --seed 2000

docs: $(VENV)/.installed-dev  ## Write the pages of docs/reference anew from code and data.
	$(BIN)/python -m tools.reference

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Error: Barrier needs Python 3.11 or newer. Hint: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Error: no virtual environment could be made. Hint: on Debian and Ubuntu: apt install python3-venv" >&2; rm -rf $(VENV); exit 2; }

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing into $(VENV) …"
	@$(PIP) install -q --require-hashes -r requirements.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	@echo "Installing into $(VENV) …"
	@$(PIP) install -q --require-hashes -r requirements-dev.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

lock:  ## Work the lock files out anew (needs uv).
	uv pip compile -q pyproject.toml --group build --generate-hashes --universal --python-version 3.11 --no-annotate --no-header --upgrade -o requirements.lock
	uv pip compile -q pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 --no-annotate --no-header --upgrade -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis barrier-demo barrier-demo.barrier
