# Everything sets up what it needs by itself, once; `make help` lists what there is to do.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTEST_ARGS ?=
CHECKS := check-lint check-format check-types check-imports check-dependencies

.PHONY: help demo test soak check $(CHECKS) lock docs wheelhouse check-wheelhouse setup clean distclean

help: ## list what there is to do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(VENV)/.tool ## install what runs, then do the main job on sample_logs/ in a throw-away home
	@$(BIN)/tellerwatch demo

test: ## install what tests need, packages and browser side by side, then run the whole suite
	@$(MAKE) --no-print-directory --jobs=2 $(VENV)/.dev $(VENV)/.browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

soak: $(VENV)/.dev ## sixty nights with kills, full disk, lost database and doubled schedulers; an hour or so
	SOAK_NIGHTS=60 $(BIN)/python -m pytest -p no:randomly -q -rP tests/soak/test_soak.py

check: $(VENV)/.dev ## lint, format, types, import rules, dependencies; in parallel
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target $(CHECKS)

check-lint:
	$(BIN)/ruff check --no-cache .
check-format:
	$(BIN)/ruff format --no-cache --check .
check-types:
	$(BIN)/mypy
check-imports:
	$(BIN)/lint-imports --no-cache
check-dependencies:
	$(BIN)/deptry .

setup: $(VENV)/.dev ## only install, for work on the project

lock: $(VENV)/.dev ## fix all versions anew (UPGRADE=1 takes the newest)
	UV=$(BIN)/uv scripts/lock.sh $(if $(UPGRADE),--upgrade)

docs: $(VENV)/.dev ## write the generated pages again
	$(BIN)/python -m pipeline.settings.written > config/default.toml
	$(BIN)/python -m pipeline.cli.page > docs/cli.md
	$(BIN)/python -m pipeline.features.page > docs/features.md

wheelhouse: $(VENV)/.dev ## gather every wheel that runs, for a machine without internet
	@mkdir -p wheelhouse
	$(PIP) download --require-hashes --only-binary :all: -r constraints/runtime.txt -d wheelhouse
	$(PIP) wheel --no-deps --no-build-isolation --no-index -w wheelhouse .

check-wheelhouse: wheelhouse ## install from the wheelhouse alone, where there is no network, and look whether all is there
	scripts/check-wheelhouse.sh wheelhouse $(BIN)/python

clean: ## remove what was built and cached
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis demo-home tests/out
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## the same, and the environment
	rm -rf $(VENV)

# --- the environment: each stamp is renewed only when what it came from has changed --------------------------

$(BIN)/python:
	@python=$$(scripts/find-python.sh) && echo "making $(VENV) with $$python" && "$$python" -m venv $(VENV)

$(VENV)/.runtime: constraints/runtime.txt | $(BIN)/python
	@echo "installing what runs (constraints/runtime.txt): a minute or two, once"
	@$(PIP) install --require-hashes -r constraints/runtime.txt
	@touch $@

$(VENV)/.tool: pyproject.toml $(VENV)/.runtime
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: constraints/dev.txt $(VENV)/.tool
	@echo "installing what tests and checks (constraints/dev.txt), once"
	@$(PIP) install --require-hashes -r constraints/dev.txt
	@touch $@

# The browser comes from the system's packages, so only root (or CI) installs it; without it, its tests say so.
$(VENV)/.browser: $(wildcard scripts/setup-browser.sh) | $(BIN)/python
	@if [ -x scripts/setup-browser.sh ] && { [ "$$(id -u)" = 0 ] || [ -n "$${CI:-}" ]; }; then \
	    echo "setting up the browser for the reports' tests"; scripts/setup-browser.sh; fi
	@touch $@
