import resource
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from django.http import JsonResponse

from shop.environment import VERSION

CHECK_LIMIT_SECONDS = 1
STARTED_AT = time.monotonic()


class HealthMiddleware:
    """Answers the probes before anything else looks at the request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path in ("/livez", "/readyz"):
            return JsonResponse({"status": "ok"})
        if request.path == "/healthz":
            return detailed_health()
        return self.get_response(request)


def memory():
    return {"status": "ok", "maxRssKb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def disk():
    free_mb = shutil.disk_usage(".").free // 1_000_000
    return {"status": "ok" if free_mb > 100 else "failed", "freeMb": free_mb}


# An app with a database or a cache asks them here.
CHECKS = {"memory": memory, "disk": disk}
_pool = ThreadPoolExecutor(max_workers=4 * len(CHECKS))


def detailed_health():
    """Its checks run side by side, so one that hangs costs the others nothing."""
    deadline = time.monotonic() + CHECK_LIMIT_SECONDS
    running = {name: _pool.submit(check) for name, check in CHECKS.items()}
    found = {name: _result(future, deadline) for name, future in running.items()}
    is_ok = all(result["status"] == "ok" for result in found.values())
    body = {
        "status": "ok" if is_ok else "degraded",
        "timestamp": datetime.now(timezone.utc).isoformat(),
        "version": VERSION,
        "uptime": round(time.monotonic() - STARTED_AT),
        "checks": found,
    }
    return JsonResponse(body, status=200 if is_ok else 503)


def _result(future, deadline):
    try:
        return future.result(timeout=max(0, deadline - time.monotonic()))
    except TimeoutError:
        return {"status": "failed", "reason": f"timeout after {CHECK_LIMIT_SECONDS} s"}
    except Exception as error:
        return {"status": "failed", "reason": str(error)}
