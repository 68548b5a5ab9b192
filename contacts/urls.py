"""Addresses of contacts, of cross-references, and of the people behind person accounts."""

from django.urls import include, path

from core.pages.bulk import BulkView
from core.pages.export import ExportView
from core.pages.record_form import RecordCreateView
from core.pages.urls import record_urls

from . import person_pages, proposal_views, reference_views, views
from .entity import ContactEntity, CrossReferenceEntity, CustomerReferenceEntity, ProspectReferenceEntity


def reference_urls(kind: str, entity: type[CrossReferenceEntity]) -> list:
    """The page of one lifecycle and its list."""
    name = entity.name
    listing = reference_views.ReferenceListView.as_view(entity=entity, kind=kind)
    return [
        path("", reference_views.ReferencePageView.as_view(kind=kind), name=f"{kind}_contacts"),
        path("list/", listing, name=f"{name}_list"),
        path("list/new/", RecordCreateView.as_view(entity=entity), name=f"{name}_create"),
        path("list/bulk/", BulkView.as_view(entity=entity), name=f"{name}_bulk"),
        path("list/export/", ExportView.as_view(entity=entity), name=f"{name}_export"),
    ]


urlpatterns = [
    # Answered at the address of the account (accounts/record_pages.py); asked for here, they lead there.
    path("person-accounts/new/<slug:kind>/", person_pages.PersonCreateView.as_view(), name="person_create"),
    path("person-accounts/<int:pk>/", person_pages.PersonDetailView.as_view(), name="person_detail"),
    path("person-accounts/<int:pk>/edit/", person_pages.PersonUpdateView.as_view(), name="person_edit"),
    path("person-accounts/<int:pk>/history/", person_pages.PersonHistoryView.as_view(), name="person_history"),
    path("contacts/proposals/", proposal_views.proposals, name="contact_proposals"),
    path("contacts/proposals/accept/", proposal_views.proposal_accept, name="contact_proposal_accept"),
    path("contacts/proposals/all/", proposal_views.proposals_all, name="contact_proposals_all"),
    path("contacts/proposals/runs/<int:pk>/", proposal_views.proposals_run, name="contact_proposals_run"),
    path(
        "contacts/proposals/runs/<int:pk>/progress/",
        proposal_views.proposals_progress,
        name="contact_proposals_progress",
    ),
    path("contacts/proposals/runs/<int:pk>/cancel/", proposal_views.proposals_cancel, name="contact_proposals_cancel"),
    path("contacts/proposals/runs/<int:pk>/resume/", proposal_views.proposals_resume, name="contact_proposals_resume"),
    path("contacts/proposals/undo/<uuid:operation>/", proposal_views.proposals_undo, name="contact_proposals_undo"),
    path("contacts/", views.ContactListView.as_view(entity=ContactEntity), name="contact_list"),
    path("contacts/link/", reference_views.contact_link, name="contact_link"),
    path("contacts/<int:pk>/photo/", views.contact_photo, name="contact_photo"),
    path(
        "contacts/<int:pk>/accounts/",
        reference_views.RecordReferencesView.as_view(),
        {"record_type": "contact"},
        name="contact_accounts",
    ),
    path("contacts/<int:pk>/", views.ContactDetailView.as_view(entity=ContactEntity), name="contact_detail"),
    path("contacts/<int:pk>/edit/", views.ContactUpdateView.as_view(entity=ContactEntity), name="contact_edit"),
    path("contacts/<int:pk>/delete/", views.ContactDeleteView.as_view(entity=ContactEntity), name="contact_delete"),
    path("contacts/<int:pk>/history/", views.ContactHistoryView.as_view(entity=ContactEntity), name="contact_history"),
    path("contacts/", include(record_urls(ContactEntity))),
    path("prospects/contacts/", include(reference_urls("prospect", ProspectReferenceEntity))),
    path("customers/contacts/", include(reference_urls("customer", CustomerReferenceEntity))),
    path(
        "cross-references/of/<slug:record_type>/<int:pk>/",
        reference_views.RecordReferencesView.as_view(),
        name="record_contacts",
    ),
    path(
        "cross-references/of/<slug:record_type>/<int:pk>/add/",
        reference_views.references_add,
        name="references_add",
    ),
    path("cross-references/<int:pk>/change/", reference_views.cross_reference_change, name="cross_reference_change"),
    path("cross-references/<int:pk>/", views.cross_reference_detail, name="cross_reference_detail"),
    path("cross-references/", include(record_urls(CrossReferenceEntity))),
]
