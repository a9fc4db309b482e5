from django.urls import path

from shop import views

urlpatterns = [
    path("", views.page),
    path("slow", views.slow),
    path("echo", views.echo),
    path("events", views.events),
]
