import itertools
import json
import time

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from shop.environment import VERSION, environment
from shop.leaving import is_leaving

MAX_SLOW_MS = 60_000
EVENT_PERIOD_SECONDS = 1

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>shop</title>
<h1>{}, this is shop {}</h1>
<p>release <b>{}</b>, instance <b>{}</b></p>
</html>
"""


@require_safe
def page(request):
    return HttpResponse(format_html(PAGE, environment.greeting, VERSION, environment.release, environment.instance))


@require_GET
def slow(request):
    asked = request.GET.get("ms", "1000")
    if not (asked.isdecimal() and int(asked) <= MAX_SLOW_MS):
        return JsonResponse({"error": f"ms must be 0 to {MAX_SLOW_MS}"}, status=400)
    time.sleep(int(asked) / 1000)
    return JsonResponse({"waitedMs": int(asked)})


# Nobody is logged in here, so there is no session that a foreign page could use.
@csrf_exempt
@require_POST
def echo(request):
    return HttpResponse(request.body, content_type=request.headers.get("content-type", "application/octet-stream"))


@require_GET
def events(request):
    last = request.headers.get("last-event-id", "0")
    first = int(last) + 1 if last.isdecimal() else 1
    return StreamingHttpResponse(
        _events(first), content_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


def _events(first):
    for id in itertools.count(first):
        yield f"id: {id}\ndata: {json.dumps({'release': environment.release, 'id': id})}\n\n"
        time.sleep(EVENT_PERIOD_SECONDS)
        # The browser connects again by itself, and then reaches an instance that stays.
        if is_leaving():
            return
