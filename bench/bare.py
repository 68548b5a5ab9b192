"""The bare views to which the pages are compared: generic views on the same models with a small template."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import path
from django.views.generic import DetailView, ListView, UpdateView

from contacts.entity import ContactEntity
from contacts.models import Contact
from crm_project.urls import *  # noqa: F403 - the product's addresses, so that both are served by one process
from crm_project.urls import urlpatterns as product


class BareList(LoginRequiredMixin, ListView):
    """25 contacts with the columns of the product's list."""

    template_name = "bench/list.html"

    def get_queryset(self):
        return Contact.objects.select_related("owner").order_by("sort_name", "pk")[:26]


class BareDetail(LoginRequiredMixin, DetailView):
    """All fields of one contact."""

    template_name = "bench/detail.html"
    queryset = Contact.objects.select_related("owner", "team", "source")

    def get_context_data(self, **kwargs):
        fields = [(column.verbose_name, getattr(self.object, column.name)) for column in Contact._meta.concrete_fields]
        return super().get_context_data(fields=fields, **kwargs)


class BareForm(LoginRequiredMixin, UpdateView):
    """A ModelForm of the same fields."""

    template_name = "bench/form.html"
    model = Contact
    fields = [name for name in ContactEntity.field_names() if name != "photo"]
    success_url = "/bare/"


urlpatterns = [
    path("bare/", BareList.as_view()),
    path("bare/<int:pk>/", BareDetail.as_view()),
    path("bare/<int:pk>/edit/", BareForm.as_view()),
    *product,
]
