"""Every address of the product: health, admin, sign-in, then the rooms from the foundation up."""

from allauth.account import views as sign_in
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from core.pages import health
from setup_values.first_administrator import first_administrator
from users.views import admin_sign_in

# Sign-in is by e-mail and by invitation: allauth's sign-up and e-mail pages have no address here.
ACCOUNT_URLS = [
    path("login/", sign_in.login, name="account_login"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("inactive/", sign_in.account_inactive, name="account_inactive"),
    path("reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("password/change/", sign_in.password_change, name="account_change_password"),
    path("password/reset/", sign_in.password_reset, name="account_reset_password"),
    path("password/reset/done/", sign_in.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        sign_in.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

# Browsers ask for it on pages without a <link>: files, plain errors. The address is known once files are collected.
FAVICON = RedirectView.as_view(url=lazy(static, str)("img/favicon.svg"))

urlpatterns = [
    path("favicon.ico", login_not_required(FAVICON)),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/login/", admin_sign_in),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("sign-in/", include(ACCOUNT_URLS)),
    path("first-administrator/<str:token>/", first_administrator, name="first_administrator"),
    path("", include("users.urls")),
    path("", include("setup_values.urls")),
    path("", include("activities.urls")),
    path("", include("accounts.urls")),
    path("", include("contacts.urls")),
    path("", include("opportunities.urls")),
    path("", include("leads.urls")),
    path("", include("workspace.urls")),
    path("", include("imports.urls")),
]

handler400 = "core.pages.errors.bad_request"
handler403 = "core.pages.errors.permission_denied"
handler404 = "core.pages.errors.page_not_found"
handler429 = "users.views.too_many_requests"
handler500 = "core.pages.errors.server_error"
