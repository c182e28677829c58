"""`suixing serve` without suixing: the launcher with the small application, as a process of its own.

python -m tests.app.launching.stand '{"data": …, "port": …}'
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from app.embedded import EmbeddedError, Servers
from app.errors import SettingsError
from app.launching.launcher import serve
from app.launching.plan import Plan
from app.logs import configure_logs


def main() -> int:
    options = json.loads(sys.argv[1])
    data = Path(options["data"])
    plan = Plan(
        host=options.get("host", "127.0.0.1"),
        port=options["port"],
        address=f"http://127.0.0.1:{options['port']}",
        processes=2,
        data=data,
        application=f"tests.app.launching.application:{options.get('factory', 'create_app')}",
        ready_path="/ready",
        worker_command=[sys.executable, "-m", "tests.app.launching.application"],
        environment=os.environ | {"MARKS": str(data.parent)},
        database_url=options.get("database_url"),
        redis_url=options.get("redis_url"),
        announcement=data / "ready",
        durable=options.get("durable", False),
    )

    def prepare(servers: Servers) -> None:
        (data.parent / "prepared").write_text(servers.database_url)

    def announce() -> None:
        (data / "ready").touch()

    configure_logs("info")
    try:
        return serve(plan, prepare, announce)
    except (EmbeddedError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
