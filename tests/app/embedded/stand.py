"""Runs the private servers of a folder until its input closes: python -m tests.app.embedded.stand FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app.embedded import EmbeddedError, running_servers


def main() -> int:
    try:
        with running_servers(Path(sys.argv[1]), durable=False) as servers:
            sys.stdout.write(json.dumps({"database_url": servers.database_url, "redis_url": servers.redis_url}) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
    except EmbeddedError as error:
        sys.stdout.write(json.dumps({"error": type(error).__name__, "message": str(error)}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
