"""How the service is run; gunicorn reads this file by its name."""

import time

from shop import leaving, log
from shop.environment import environment

bind = f"0.0.0.0:{environment.port}"
workers = environment.workers
worker_class = "gthread"
threads = 8
# A little less than the grace that Sluice gives, so that the last word is gunicorn's and not SIGKILL.
graceful_timeout = 9
# Longer than any proxy in front keeps an idle connection, so that it is the proxy who closes.
keepalive = 70
logconfig_dict = log.CONFIG


def on_starting(server):
    time.sleep(environment.start_delay_ms / 1000)


def post_worker_init(worker):
    leaving.watch(lambda: not worker.alive)
