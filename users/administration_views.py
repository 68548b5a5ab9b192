"""The administrators' pages of users, teams and roles."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import administration, audit, invitations
from .access import administrators_only
from .forms import NewUserForm, RoleForm, TeamForm, UserForm
from .models import AuditEntry, Role, Team, User

USERS_PER_PAGE = 50
# Where the invitation link waits between the POST that made it and the page that shows it, once.
INVITATION_KEY = "users_invitation"

reads_or_writes = require_http_methods(["GET", "HEAD", "POST"])


# --- users -------------------------------------------------------------------------------------


@administrators_only
@require_safe
def user_list(request: HttpRequest) -> HttpResponse:
    """The active users, or with ?show=deactivated the others."""
    counts = User.objects.aggregate(active=Count("pk", filter=Q(is_active=True)), everybody=Count("pk"))
    deactivated = counts["everybody"] - counts["active"]
    shows_deactivated = request.GET.get("show") == "deactivated"
    rows = User.objects.filter(is_active=not shows_deactivated).select_related("role", "team")
    page = Paginator(rows.order_by("name", "id"), USERS_PER_PAGE).get_page(request.GET.get("page"))
    filters = [
        {
            "label": _("Active"),
            "url": reverse("user_list"),
            "active": not shows_deactivated,
            "count": counts["active"],
        },
        {
            "label": _("Deactivated"),
            "url": reverse("user_list") + "?show=deactivated",
            "active": shows_deactivated,
            "count": deactivated,
        },
    ]
    context = {
        "page_title": _("Users"),
        "page": page,
        "filters": filters,
        "shows_deactivated": shows_deactivated,
    }
    return render(request, "users/user_list.html", _administration("users") | context | _pages(request, page))


@administrators_only
@never_cache
@sensitive_post_parameters("password")
@reads_or_writes
def user_create(request: HttpRequest) -> HttpResponse:
    """A new user, with a password or with a link that the next page shows once."""
    form = NewUserForm(request.POST or None, initial=_like_the_firm(request.user))
    if request.method == "POST" and form.is_valid():
        values = form.user_values()
        try:
            user = administration.create_user(actor=request.user, ip=audit.client_ip(request), **values)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if values["password"] is None:
                return _invite(request, user)
            messages.success(request, _("%(name)s can sign in now.") % {"name": user.name})
            return redirect("user_list")
    context = {"page_title": _("New user"), "form": form}
    return render(request, "users/user_form.html", _below("users") | context)


@administrators_only
@reads_or_writes
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, address, role, team, language and time zone of a user."""
    user = get_object_or_404(User.objects.select_related("role", "team"), pk=pk)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            administration.update_user(actor=request.user, user=user, ip=audit.client_ip(request), **form.cleaned_data)
        except administration.AdministrationRefused as refusal:
            form.add_error("role", str(refusal))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
            return redirect("user_list")
    context = {"page_title": user.name, "form": form, "person": user, "is_self": user.pk == request.user.pk}
    return render(request, "users/user_form.html", _below("users") | context)


@administrators_only
@reads_or_writes
def user_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then ends the sessions of a user and closes the door."""
    user = get_object_or_404(User, pk=pk, is_active=True)
    refusal = ""
    if request.method == "POST":
        try:
            administration.deactivate_user(actor=request.user, user=user, ip=audit.client_ip(request))
        except administration.LastAdministrator as error:
            refusal = str(error)
        else:
            messages.success(request, _("%(name)s is deactivated and signed out everywhere.") % {"name": user.name})
            return redirect("user_list")
    context = {
        "page_title": _("Deactivate %(name)s?") % {"name": user.name},
        "person": user,
        "refusal": refusal,
    }
    return render(request, "users/user_deactivate.html", _below("users") | context)


@administrators_only
@require_POST
def user_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a deactivated user sign in again."""
    user = get_object_or_404(User, pk=pk)
    administration.reactivate_user(actor=request.user, user=user, ip=audit.client_ip(request))
    messages.success(request, _("%(name)s can sign in again.") % {"name": user.name})
    return redirect("user_edit", pk=pk)


@administrators_only
@require_POST
def user_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a link by which a user chooses a password, for a first time or because it was forgotten."""
    return _invite(request, get_object_or_404(User, pk=pk, is_active=True))


@administrators_only
@require_safe
@never_cache
def user_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the link that was just made; the second time only how to make another."""
    user = get_object_or_404(User, pk=pk)
    kept = request.session.get(INVITATION_KEY) or {}
    invitation = request.session.pop(INVITATION_KEY) if kept.get("user") == pk else {}
    context = {
        "page_title": _("Invite %(name)s") % {"name": user.name},
        "person": user,
        "invitation": invitation,
    }
    return render(request, "users/user_invitation.html", _below("users") | context)


def _like_the_firm(administrator: User) -> dict:
    """What a new user most probably is: a sales rep with the administrator's language and time zone."""
    return {
        "role": Role.objects.filter(key="rep").first(),
        "language": administrator.language,
        "time_zone": administrator.time_zone,
    }


def _invite(request: HttpRequest, user: User) -> HttpResponse:
    link = request.build_absolute_uri(invitations.set_password_path(user))
    mailed = invitations.mail_invitation(user, link=link, inviter=request.user)
    audit.note(
        AuditEntry.Kind.USER_INVITED,
        actor=request.user,
        ip=audit.client_ip(request),
        detail={"user": user.pk, "name": user.email, "mailed": mailed},
    )
    request.session[INVITATION_KEY] = {"user": user.pk, "link": link, "mailed": mailed}
    return redirect("user_invitation", pk=user.pk)


# --- teams -------------------------------------------------------------------------------------


@administrators_only
@require_safe
def team_list(request: HttpRequest) -> HttpResponse:
    """All teams with their number of active members."""
    teams = Team.objects.annotate(members=Count("users", filter=Q(users__is_active=True)))
    context = {"page_title": _("Teams"), "teams": teams}
    return render(request, "users/team_list.html", _administration("teams") | context)


@administrators_only
@reads_or_writes
def team_create(request: HttpRequest) -> HttpResponse:
    """A new team."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            administration.create_team(actor=request.user, ip=audit.client_ip(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _saved(request, form, "team_list")
    context = {"page_title": _("New team"), "form": form}
    return render(request, "users/team_form.html", _below("teams") | context)


@administrators_only
@reads_or_writes
def team_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The name and the members of a team."""
    team = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, instance=team)
    if request.method == "POST" and form.is_valid():
        try:
            administration.update_team(actor=request.user, team=team, ip=audit.client_ip(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _saved(request, form, "team_list")
    context = {"page_title": team.name, "form": form, "team": team}
    return render(request, "users/team_form.html", _below("teams") | context)


@administrators_only
@require_POST
def team_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes an empty team; otherwise says what is in the way."""
    team = get_object_or_404(Team, pk=pk)
    return _delete(request, team, "team_list", lambda **who: administration.delete_team(team=team, **who))


# --- roles -------------------------------------------------------------------------------------


@administrators_only
@require_safe
def role_list(request: HttpRequest) -> HttpResponse:
    """All roles with their number of active users."""
    roles = Role.objects.annotate(people=Count("users", filter=Q(users__is_active=True)))
    context = {"page_title": _("Roles"), "roles": roles}
    return render(request, "users/role_list.html", _administration("roles") | context)


@administrators_only
@reads_or_writes
def role_create(request: HttpRequest) -> HttpResponse:
    """A new role; ?like=<id> starts with the rights of another one."""
    like = request.GET.get("like", "")
    pattern = (
        Role.objects.filter(pk=like, is_administrator=False).first() if like.isdecimal() and len(like) < 19 else None
    )
    form = RoleForm(request.POST or None, instance=Role(rights=pattern.rights if pattern else {}))
    if request.method == "POST" and form.is_valid():
        name, rights = form.cleaned_data["name"], form.rights()
        try:
            administration.create_role(actor=request.user, name=name, rights=rights, ip=audit.client_ip(request))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _saved(request, form, "role_list")
    context = {"page_title": _("New role"), "form": form, "pattern": pattern}
    return render(request, "users/role_form.html", _below("roles") | context)


@administrators_only
@reads_or_writes
def role_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The name of a role and how far its rights reach."""
    role = get_object_or_404(Role, pk=pk)
    form = RoleForm(request.POST or None, instance=role)
    if request.method == "POST" and form.is_valid():
        name, rights = form.cleaned_data["name"], form.rights()
        try:
            administration.update_role(
                actor=request.user, role=role, name=name, rights=rights, ip=audit.client_ip(request)
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _saved(request, form, "role_list")
    context = {
        "page_title": role.name,
        "form": form,
        "role": role,
        "people": role.users.filter(is_active=True).count(),
    }
    return render(request, "users/role_form.html", _below("roles") | context)


@administrators_only
@require_POST
def role_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes a role that nobody has; otherwise says what is in the way."""
    role = get_object_or_404(Role, pk=pk)
    return _delete(request, role, "role_list", lambda **who: administration.delete_role(role=role, **who))


# --- shared ------------------------------------------------------------------------------------


def _administration(current: str) -> dict:
    """What the three lists share: the tabs that lead from one to the other."""
    areas = [
        ("users", _("Users"), "user_list", "users"),
        ("teams", _("Teams"), "team_list", "sitemap"),
        ("roles", _("Roles"), "role_list", "shield-lock"),
    ]
    return {
        "areas": [
            {"label": label, "url": reverse(name), "icon": icon, "active": key == current}
            for key, label, name, icon in areas
        ]
    }


def _below(current: str) -> dict:
    """The same for a page below one of the three lists: the way back to it."""
    area = next(area for area in _administration(current)["areas"] if area["active"])
    return {"parent_label": area["label"], "parent_url": area["url"]}


def _pages(request: HttpRequest, page) -> dict:
    """The pager's context; empty as long as everything fits on one page."""
    if not page.has_other_pages():
        return {}

    def url(number: int) -> str:
        query = request.GET.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "range": _("%(first)d–%(last)d of %(all)d")
        % {"first": page.start_index(), "last": page.end_index(), "all": page.paginator.count},
        "previous_url": url(page.previous_page_number()) if page.has_previous() else "",
        "next_url": url(page.next_page_number()) if page.has_next() else "",
    }


def _saved(request: HttpRequest, form, to: str) -> HttpResponse:
    messages.success(request, _("“%(name)s” is saved.") % {"name": form.cleaned_data["name"]})
    return redirect(to)


def _delete(request: HttpRequest, instance, to: str, use_case) -> HttpResponse:
    try:
        use_case(actor=request.user, ip=audit.client_ip(request))
    except administration.AdministrationRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("“%(name)s” is deleted.") % {"name": instance.name})
    return redirect(to)
