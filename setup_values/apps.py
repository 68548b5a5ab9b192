"""The application of this room: its name in the administration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SetupValuesConfig(AppConfig):
    """The firm, catalogs, processes and stages."""

    name = "setup_values"
    verbose_name = _("setup values")
