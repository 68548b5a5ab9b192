#!/usr/bin/env python
"""Runs Django's and the product's management commands."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
    from django.core.management import execute_from_command_line

    from crm_project.collector import look_seldom

    look_seldom()
    execute_from_command_line(sys.argv)
