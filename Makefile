# One place for every command. `make run` and `make test` work on a fresh machine with Python 3.11+ and make.

PYTHON ?= python3
PORT ?= 8000
SIZE ?= 10k
VENV := .venv
BIN := $(VENV)/bin
CRM_SITE_URL ?= http://localhost:$(PORT)
export PORT CRM_SITE_URL

.DEFAULT_GOAL := help
.PHONY: help install run demo test lint format types migrations deploy texts vendor check messages bench lock clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

# Installs one requirements file: $(1) the file, $(2) uv's way. "sync" also removes what is not in the file; "install"
# does not, so that `make run` takes nothing away from an environment made for development. uv takes a third of pip's
# time; pip is there when uv is not.
define install_requirements
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Name another: make run PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } || \
	  { rm -rf $(VENV); echo "Python cannot make a virtual environment here: its venv module is missing."; \
	    echo "Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Installing $(1) into $(VENV) ..."
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check uv && \
	   $(BIN)/uv pip $(2) $(1) --quiet --require-hashes --python $(BIN)/python; } || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
endef

# The development set contains the product's set: whoever has installed it runs the product from it.
INSTALLED := $(if $(wildcard $(VENV)/.development),$(VENV)/.development,$(VENV)/.product)

$(VENV)/.product: requirements.txt
	$(call install_requirements,$<,install -r)
	@touch $@

$(VENV)/.development: requirements-dev.txt
	$(call install_requirements,$<,sync)
	@touch $@

install: $(VENV)/.development ## Make .venv with everything that development needs

run: $(INSTALLED) ## Serve the CRM with its demo firm (PORT=8123; CRM_DEMO=0 starts empty)
	@$(BIN)/python manage.py serve --prepare --port $(PORT)

demo: $(INSTALLED) ## Load the demo firm into the database that DATABASE_URL names
	@$(BIN)/python manage.py migrate --no-input --verbosity 0
	@$(BIN)/python manage.py load_demo

test: $(VENV)/.development ## Run every test that can run here, and say what was left out
	@$(BIN)/python -m tests.everything

lint: $(VENV)/.development ## Style of Python and of templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet

format: $(VENV)/.development ## Put Python into the project's form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: $(VENV)/.development ## Check the types
	$(BIN)/mypy

migrations: $(VENV)/.development ## Every change of a model has its migration
	@DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run

deploy: $(VENV)/.development ## Django's own check of production settings, without a single warning
	@CRM_PRODUCTION=1 CRM_ALLOWED_HOSTS=crm.example CRM_SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(60))") \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

texts: $(VENV)/.development ## The Spanish texts are complete, up to date and compiled
	@$(BIN)/python locale/extract.py --check

vendor: $(VENV)/.development ## The third-party files under static/vendor are those that vendor.json names
	@$(BIN)/python static/vendor/refresh.py --check

check: lint types migrations deploy texts vendor ## Everything but the tests: style, types, migrations, safety, texts, vendored files

messages: $(VENV)/.development ## Bring the Spanish texts up to date and compile them
	@$(BIN)/python locale/extract.py

bench: $(VENV)/.development ## Measure pages and imports (SIZE=1k, 10k, 100k; MOVING=200000 measures a move of so many contacts)
	@$(BIN)/python -m bench --size $(SIZE)$(if $(MOVING), --moving $(MOVING))

lock: $(VENV)/.development ## Write requirements.txt and requirements-dev.txt anew from their .in files
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header requirements-dev.in -o requirements-dev.txt

clean: ## Remove caches and the virtual environment (never var/, which holds data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache bench/out
