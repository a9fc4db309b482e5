"""Whether this worker was told to go, for answers that would otherwise never end."""

_is_leaving = lambda: False  # noqa: E731


def watch(is_leaving) -> None:
    global _is_leaving
    _is_leaving = is_leaving


def is_leaving() -> bool:
    return _is_leaving()
