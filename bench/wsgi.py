"""What gunicorn serves during a measurement: the product with the bare views beside it."""

import os

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
settings.ROOT_URLCONF = "bench.bare"
settings.TEMPLATES[0]["DIRS"].append(settings.BASE_DIR / "bench" / "templates")
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - after the addresses are set

application = get_wsgi_application()
