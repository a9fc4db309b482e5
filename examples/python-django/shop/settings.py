from shop import log
from shop.environment import environment

DEBUG = False
SECRET_KEY = environment.secret_key
ALLOWED_HOSTS = environment.allowed_hosts
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"

MIDDLEWARE = [
    # First: a probe speaks to the instance by its address, which no list of hosts contains.
    "shop.health.HealthMiddleware",
    "shop.release.ReleaseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]

LOGGING = log.CONFIG
