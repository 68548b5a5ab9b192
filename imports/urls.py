"""Addresses of the import: bringing a file, choosing, dry run, run, report."""

from django.urls import path

from . import map_views, mapping_views, matching_views, row_views, run_views, views

urlpatterns = [
    path("import/", views.import_list, name="import_list"),
    path("import/<int:pk>/", views.import_detail, name="import_detail"),
    path("import/<int:pk>/recognised/", views.recognised, name="import_recognised"),
    path("import/<int:pk>/kind/", views.change_kind, name="import_kind"),
    path("import/<int:pk>/mapping/", mapping_views.mapping, name="import_mapping"),
    path("import/<int:pk>/matching/", matching_views.matching, name="import_matching"),
    path("import/maps/", map_views.saved_maps, name="import_maps"),
    path("import/<int:pk>/discard/", views.import_discard, name="import_discard"),
    path("import/<int:pk>/check/", run_views.check, name="import_check"),
    path("import/<int:pk>/rows/<int:number>/correct/", row_views.correct, name="import_row_correct"),
    path("import/<int:pk>/rows/<int:number>/decide/", row_views.decide, name="import_row_decide"),
    path("import/<int:pk>/values/", row_views.values, name="import_values"),
    path("import/<int:pk>/errors/", row_views.errors, name="import_errors"),
    path("import/<int:pk>/run/", run_views.run, name="import_run"),
    path("import/<int:pk>/report/", run_views.report, name="import_report"),
    path("import/<int:pk>/progress/", run_views.progress, name="import_progress"),
    path("import/<int:pk>/cancel/", run_views.cancel, name="import_cancel"),
    path("import/<int:pk>/resume/", run_views.resume_import, name="import_resume"),
]
