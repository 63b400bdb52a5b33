# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
STORE ?= stores/demo
SIZE ?= 20k
KILLS ?= 100
PORT ?= 3000
PYTHON ?= python3.11
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run ui check exports columns bench test faults lint types sql format lock clean

help: ## Show what can be done
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: .venv/.ready exports ## Run one night of STORE and show its results
	@$(BIN)/regulars run --store $(STORE) $(if $(DAY),--day $(DAY))

ui: .venv/.ready exports ## Open the Dagster web UI of STORE on PORT
	@$(BIN)/regulars ui --store $(STORE) --port $(PORT)

check: .venv/.ready exports ## Validate the folder of STORE without running
	@$(BIN)/regulars check --store $(STORE)

exports: .venv/.ready ## Let STORE simulate or fetch its example exports, if it can
	@if [ -f $(STORE)/get_exports.py ]; then $(BIN)/python $(STORE)/get_exports.py; fi

columns: .venv/.ready ## Write the dbt docs of every table and column of STORE as one page
	@REGULARS_WAREHOUSE=$(abspath $(STORE))/state/build/warehouse.duckdb $(BIN)/dbt --quiet docs generate --static \
		--project-dir regulars/dbt_project --profiles-dir regulars/dbt_project \
		--target-path $(abspath $(STORE))/state/dbt/docs --log-path $(abspath $(STORE))/state/dbt/docs
	@echo "$(STORE)/state/dbt/docs/static_index.html"

bench: .venv/.ready ## Time the nights of a simulated store of SIZE 20k, 200k or 1m customers
	@$(BIN)/python benchmarks/night.py --size $(SIZE) --json benchmarks/stores/$(SIZE).json

test: lint ## Lint and run every test
	@$(BIN)/python stores/complete_journey/get_exports.py
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

faults: .venv/.ready ## Kill nights at KILLS random moments and at every border, fill disks, damage files; takes hours
	@KILLS=$(KILLS) $(BIN)/python -m pytest tests/faults -v -p no:cacheprovider

lint: .venv/.ready ## Ruff, mypy strict, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(MAKE) --no-print-directory --jobs 2 types sql

types: .venv/.ready ## mypy strict
	@$(BIN)/mypy

sql: .venv/.ready ## sqlfluff
	@$(BIN)/sqlfluff lint --nocolor --disable-progress-bar regulars/dbt_project

format: .venv/.ready ## Format Python and SQL
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --quiet regulars/dbt_project

lock: .venv/.ready ## Resolve the dependencies anew into requirements.lock, which names no index
	@$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --universal --no-strip-extras \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet \
		-o requirements.lock

clean: ## Remove the environment and everything built
	rm -rf .venv stores/*/state stores/demo/exports stores/demo/simulation benchmarks/stores

.venv/.ready: requirements.lock pyproject.toml
	@echo "setting up .venv (once, about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@
