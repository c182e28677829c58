# Two commands: `make run` serves a province on this machine, `make test` proves that it works.
# Everything is installed into .venv and tests/npm/node_modules; nothing is left running.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
NODE := $(BIN)/node
NPM := $(BIN)/npm

.PHONY: run test check soak bench clean help

help:
	@echo "make run    install, start a private PostgreSQL and Valkey, fill demo data and serve"
	@echo "make test   lint, types and all tests"
	@echo "make check  lint and types alone"
	@echo "make bench  the benchmarks, each a ratio"
	@echo "make soak   long counts: races, fuzzing, survival"
	@echo "make clean  remove what was installed and built (not the data in .suixing)"

run: .venv/run.stamp
	@exec $(BIN)/suixing serve --demo

test: .venv/test.stamp
	@$(BIN)/python -m tests.run

check: .venv/test.stamp
	@$(BIN)/python -m tests.run --check

soak: .venv/test.stamp
	@$(BIN)/python -m tests.run --soak

bench: .venv/test.stamp
	@$(BIN)/python -m bench

clean:
	rm -rf .venv tests/npm/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/uv.stamp: requirements/uv.txt
	@echo "suixing: preparing a Python environment in .venv (first run only)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "suixing needs Python 3.11 or newer; set PYTHON=/path/to/python3")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements/run.txt pyproject.toml
	@echo "suixing: installing what the server needs, checked by hash"
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements/test.txt requirements/oracles.txt tests/npm/package-lock.json
	@echo "suixing: installing what the tests need"
	@$(UV) pip install --python $(BIN)/python --require-hashes -r requirements/test.txt
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv/oracles
	@$(UV) pip install --python .venv/oracles/bin/python --quiet --require-hashes -r requirements/oracles.txt
	@cd tests/npm && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --silent
	@$(BIN)/python -m tests.browser
	@touch $@
