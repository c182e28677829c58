# Two commands: `make run` serves a province on this machine, `make test` proves that it works.
# Everything is installed into .venv and tests/npm/node_modules; nothing is left running.

# The first Python that is new enough; PYTHON=/path/to/python3 chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
UV := $(BIN)/uv
MODULES := tests/npm/node_modules/.package-lock.json

# What somebody's shell tells another Python is not for this one, which also keeps what it compiles: a start has
# several processes, and a test run starts many.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

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

test: .venv/test.stamp .venv/browser.stamp $(MODULES)
	@$(BIN)/python -m tests.run

check: .venv/test.stamp $(MODULES)
	@$(BIN)/python -m tests.run --check

soak: .venv/test.stamp .venv/browser.stamp $(MODULES)
	@$(BIN)/python -m tests.run --soak

bench: .venv/test.stamp
	@$(BIN)/python -m bench

clean:
	rm -rf .venv tests/npm/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# An environment knows its own path: one that was moved with the clone, or has lost its Python, is made anew.
ifneq ($(wildcard .venv/place),)
ifneq ($(shell $(BIN)/python -c pass 2>/dev/null && cat .venv/place),$(CURDIR))
$(info suixing: .venv was made for another place or another Python, and is made anew)
$(shell rm -rf .venv)
endif
endif

.venv/uv.stamp: requirements/uv.txt
	@echo "suixing: preparing a Python environment in .venv (the first time, some 200 MB are downloaded)"
	@test -n "$(PYTHON)" || { echo "suixing: needs Python 3.11 or newer, and found none. Install it, or set PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "suixing: needs Python 3.11 or newer, and $(PYTHON) is older. Set PYTHON=/path/to/python3.")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "suixing: this Python comes without venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@printf '%s\n' "$(CURDIR)" > .venv/place
	@touch $@

.venv/run.stamp: .venv/uv.stamp requirements/run.txt pyproject.toml
	@echo "suixing: installing what the server needs, checked by hash"
	@$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/run.txt
	@$(UV) pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q api app codes push  # else the first start would wait for it
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements/test.txt requirements/oracles.txt requirements/oracles-alipay.txt
	@echo "suixing: installing what the tests need"
	@$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/test.txt
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv/oracles
	@$(UV) pip install --python .venv/oracles/bin/python --quiet --require-hashes -r requirements/oracles.txt
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv/oracles-alipay
	@$(UV) pip install --python .venv/oracles-alipay/bin/python --quiet --require-hashes -r requirements/oracles-alipay.txt
	@touch $@

$(MODULES): .venv/test.stamp tests/npm/package-lock.json
	@echo "suixing: installing what the tests need of npm"
	@cd tests/npm && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv/browser.stamp: .venv/test.stamp
	@$(BIN)/python -m tests.browser
	@touch $@
