# `make demo` runs everything on this machine, `make test` tests it. `make help` lists the rest.
UV_DIR := .uv
UV := $(shell command -v uv 2>/dev/null || echo $(UV_DIR)/bin/uv)
PORT ?= 8000
# Without compiled files each start of Python takes seconds longer.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check e2e screenshots bench chaos

help: ## List what can be made
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(UV) ## Run the whole stack with demo listings (PORT=8000, DATA_DIR=.casabricks, LISTINGS=3000 when new)
	$(UV) run casabricks demo --port $(PORT) $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") $(if $(LISTINGS),--listings $(LISTINGS))

test: $(UV) ## Run the test suite on a real PostgreSQL and Valkey
	$(UV) run pytest

check: $(UV) ## Lint, format, types, import contracts, migrations
	$(UV) run ruff check .
	$(UV) run ruff format --check .
	$(UV) run mypy
	$(UV) run lint-imports
	$(UV) run pytest -q -n 0 app/tests/test_contracts/test_migrations.py

e2e: $(UV) ## Start the demo as a user would and walk through it
	$(UV) run pytest -n 0 -m e2e app/tests/e2e
	$(UV) run pytest -n 0 -m e2e --ignore=app/tests/e2e # apart: a browser keeps the loop of its process

screenshots: $(UV) ## Take the README's screenshots from the running demo (PORT=8000, DATA_DIR=.casabricks)
	$(UV) run python -m app.tests.e2e.screenshots docs/images $(PORT) $(if $(DATA_DIR),"$(DATA_DIR)")

bench: $(UV) ## Measure search and detail beside the limit of this machine (needs wrk)
	$(UV) run python benchmarks/run.py

chaos: $(UV) ## Kill everything at random while inquiries come in; none may be lost (SEED=, POSTGRES=1)
	$(UV) run python -m devstack.chaos $(if $(SEED),--seed $(SEED)) $(if $(POSTGRES),--postgres)

# uv from PyPI into a folder of the project, when the machine has none.
$(UV_DIR)/bin/uv:
	python3 -m venv $(UV_DIR)
	$(UV_DIR)/bin/pip install --quiet --disable-pip-version-check uv

ifneq ($(UV),$(UV_DIR)/bin/uv)
$(UV): ;
endif
