import random

from django.http import JsonResponse

from shop.environment import environment


class ReleaseMiddleware:
    """Names the release in each answer, and plays a bad one when FAIL_SHARE asks for it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if random.random() < environment.fail_share:
            response = JsonResponse({"error": "FAIL_SHARE says so"}, status=500)
        else:
            response = self.get_response(request)
        response["X-Release"] = environment.release
        return response
