#!/bin/sh
# Writes the lock files again: by hash, without any index address. Run it after changing pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
lock() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"
}
lock requirements/uv.in -o requirements/uv.txt
lock pyproject.toml requirements/build.in -o requirements/run.txt
lock pyproject.toml requirements/build.in --extra test -c requirements/run.txt -o requirements/test.txt
lock requirements/oracles.in -o requirements/oracles.txt
lock requirements/oracles-alipay.in -o requirements/oracles-alipay.txt
