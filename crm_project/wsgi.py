"""The application that gunicorn and other WSGI servers run."""

import os

from django.core.wsgi import get_wsgi_application

from crm_project.collector import look_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

look_seldom()
application = get_wsgi_application()
