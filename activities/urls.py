"""Addresses of tasks, interactions, files and the composer."""

from django.urls import include, path

from core.pages.urls import record_urls

from . import views
from .entity import InteractionEntity, TaskEntity

urlpatterns = [
    path("compose/<slug:record_type>/<int:pk>/", views.compose, name="compose"),
    path("timeline/<slug:record_type>/<int:pk>/", views.timeline, name="timeline"),
    path("files/<int:pk>/", views.attachment, name="attachment"),
    path("tasks/<int:pk>/complete/", views.task_complete, name="task_complete"),
    path("tasks/<int:pk>/cancel/", views.task_cancel, name="task_cancel"),
    path("tasks/<int:pk>/reopen/", views.task_reopen, name="task_reopen"),
    path("interactions/<int:pk>/followed-up/", views.interaction_followed_up, name="interaction_followed_up"),
    path("tasks/", include(record_urls(TaskEntity))),
    path("interactions/", include(record_urls(InteractionEntity))),
]
