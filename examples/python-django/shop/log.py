import json
import logging
from datetime import datetime, timezone

from shop.environment import environment


class JsonFormatter(logging.Formatter):
    """One JSON object per line, which whoever runs the app collects."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "release": environment.release,
            "instance": environment.instance,
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


# For logging.config; gunicorn's own lines go the same way as Django's.
CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonFormatter}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": environment.log_level},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True, "level": environment.log_level}},
}
