"""Addresses of the users' room."""

from django.urls import path

from . import administration_views as administration
from . import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/sign-out-others/", views.sign_out_others, name="sign_out_others"),
    path("switch-language/", views.switch_language, name="switch_language"),
    path("switch-theme/", views.switch_theme, name="switch_theme"),
    path("setup/users/", administration.user_list, name="user_list"),
    path("setup/users/new/", administration.user_create, name="user_create"),
    path("setup/users/<int:pk>/", administration.user_edit, name="user_edit"),
    path("setup/users/<int:pk>/deactivate/", administration.user_deactivate, name="user_deactivate"),
    path("setup/users/<int:pk>/reactivate/", administration.user_reactivate, name="user_reactivate"),
    path("setup/users/<int:pk>/invite/", administration.user_invite, name="user_invite"),
    path("setup/users/<int:pk>/invitation/", administration.user_invitation, name="user_invitation"),
    path("setup/teams/", administration.team_list, name="team_list"),
    path("setup/teams/new/", administration.team_create, name="team_create"),
    path("setup/teams/<int:pk>/", administration.team_edit, name="team_edit"),
    path("setup/teams/<int:pk>/delete/", administration.team_delete, name="team_delete"),
    path("setup/roles/", administration.role_list, name="role_list"),
    path("setup/roles/new/", administration.role_create, name="role_create"),
    path("setup/roles/<int:pk>/", administration.role_edit, name="role_edit"),
    path("setup/roles/<int:pk>/delete/", administration.role_delete, name="role_delete"),
]
