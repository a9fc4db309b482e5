"""Everything the app is told from outside, checked once at the start."""

import os
import secrets
import sys
from dataclasses import dataclass

VERSION = "1.0.0"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Environment:
    release: str
    instance: str
    port: int
    workers: int
    log_level: str
    greeting: str
    secret_key: str
    allowed_hosts: list[str]
    fail_share: float
    start_delay_ms: int


def read_environment(source) -> Environment:
    """Raises one ValueError that names every wrong variable."""
    problems = []

    # An empty variable counts as unset, or `GREETING=` would defeat its rule.
    def text(name, otherwise=""):
        return source.get(name) or otherwise

    def number(name, kind, lowest, highest, otherwise):
        value = text(name, otherwise)
        try:
            found = kind(value)
        except ValueError:
            found = None
        if found is None or not lowest <= found <= highest:
            problems.append(f"  {name} must be {kind.__name__} from {lowest} to {highest}, found {value!r}")
        return found

    environment = Environment(
        release=text("SLUICE_RELEASE", f"v{VERSION}"),
        instance=text("SLUICE_INSTANCE", f"pid {os.getpid()}"),
        port=number("PORT", int, 1, 65_535, "8000"),
        workers=number("WEB_CONCURRENCY", int, 1, 64, "2"),
        log_level=text("LOG_LEVEL", "INFO"),
        greeting=text("GREETING"),
        # Nothing is signed here, so each start may have its own. An app with sessions must be given one that stays.
        secret_key=text("SECRET_KEY", secrets.token_urlsafe(48)),
        allowed_hosts=text("ALLOWED_HOSTS", ".localhost,127.0.0.1").split(","),
        fail_share=number("FAIL_SHARE", float, 0, 1, "0"),
        start_delay_ms=number("START_DELAY_MS", int, 0, 600_000, "0"),
    )
    if not environment.greeting:
        problems.append("  GREETING must be set")
    if environment.log_level not in LOG_LEVELS:
        problems.append(f"  LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, found {environment.log_level!r}")
    if len(environment.secret_key) < 32:
        # The length only: a secret is never printed.
        problems.append(f"  SECRET_KEY must have 32 characters or more, found {len(environment.secret_key)}")

    if problems:
        raise ValueError("\n".join(["The environment is not usable:", *problems]))
    return environment


def _environment_or_exit() -> Environment:
    try:
        return read_environment(os.environ)
    except ValueError as error:
        sys.exit(str(error))


environment = _environment_or_exit()
