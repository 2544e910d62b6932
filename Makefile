# Every target does its own set-up; a second call starts at once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
CONFIG ?= config/lab.yaml
BIN := .venv/bin
OPS := $(BIN)/python -m ops
PIPENV := PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 PIPENV_VERBOSITY=-1 $(BIN)/pipenv
WORKERS ?= 3
HISTORY := .atalaya/demo-history
BETTER := { ($$.errorCode = "AccessDenied*" || $$.errorCode = "*UnauthorizedOperation") && $$.userIdentity.type = "IAMUser" }

.PHONY: help setup demo test e2e lint conformance bench docs golden lock clean

help:  ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.venv/.pipenv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed ($$($(PYTHON) --version 2>&1) found): name one with PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { \
	  echo "Python cannot make a virtual environment: install its venv module (Debian: apt install python3-venv)" >&2; exit 2; }
	@echo "Setting up .venv: this takes two minutes, once." >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check 'pipenv==2026.10.3'
	@touch $@

.venv/.runtime: .venv/.pipenv Pipfile.lock
	@$(PIPENV) sync >/dev/null
	@command -v terraform >/dev/null || command -v tofu >/dev/null || $(PIPENV) sync --categories terraform >/dev/null
	@touch $@

.venv/.development: .venv/.runtime
	@$(PIPENV) sync --categories "packages dev-packages terraform" >/dev/null
	@touch $@

setup: .venv/.runtime  ## Install everything the commands need, into .venv

demo: .venv/.runtime  ## Deploy onto an embedded AWS, prove its logs, find the attack, catch an intruder
	@$(OPS) lab up --config $(CONFIG)
	@$(OPS) deploy apply --config $(CONFIG) --auto-approve
	@$(OPS) deploy check --config $(CONFIG) --summary
	@echo; echo "CloudTrail's part is played: a day of history, with signed digests."
	@$(OPS) lab deliver --config $(CONFIG) --days 1 --anew
	@rm -rf $(HISTORY)
	@echo; echo "Is it complete and untampered?"
	@$(OPS) verify --config $(CONFIG)
	@echo; echo "What did the attacker do? Collect the events, and ask the runbooks."
	@$(OPS) collect --config $(CONFIG) --store $(HISTORY)
	@$(OPS) verify --config $(CONFIG) --store $(HISTORY) >/dev/null
	@$(OPS) run reconnaissance --config $(CONFIG) --store $(HISTORY)
	@key=$$($(OPS) run reconnaissance --config $(CONFIG) --store $(HISTORY) --jmespath '[0].access_key_id' 2>/dev/null | tr -d '"'); \
	  $(OPS) run session-chain --config $(CONFIG) --store $(HISTORY) -p key=$$key
	@$(OPS) run trail-tampering --config $(CONFIG) --store $(HISTORY)
	@echo; echo "Which rules would have told? The attack is found, so the exit code is 1."
	@$(OPS) detect --config $(CONFIG) --store $(HISTORY) --level high; test $$? -eq 1
	@echo; echo "How often would a filter page somebody? A noisy one of the benchmark, and a better one."
	@$(OPS) backtest --config $(CONFIG) --store $(HISTORY) --rule unauthorized-api-calls --against '$(BETTER)'
	@echo; echo "An intruder deletes a digest, changes a log and plants another."
	@for kind in delete-digest change-log plant-log; do $(OPS) lab tamper $$kind --config $(CONFIG) || exit; done
	@echo; echo "And now? Exactly this must be found, with exit code 1."
	@$(OPS) verify --config $(CONFIG); test $$? -eq 1
	@echo
	@echo "Next:"
	@echo "  $(OPS) deploy check --config $(CONFIG)    every control, with reasons"
	@echo "  $(OPS) deploy plan --config $(CONFIG)     change the file first, then look"
	@echo "  $(OPS) lab tamper                              what else an intruder may try"
	@echo "  $(OPS) lab down --config $(CONFIG)        stop the embedded AWS"
	@echo "  docs/tutorial.md                               the same, step by step"

test: .venv/.development  ## Run the tests, two landing zones applied included
	@$(BIN)/python -m benchmarks.venv
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 12 -m "not e2e"

e2e: .venv/.development  ## Apply every variant of a landing zone to the embedded AWS
	@$(BIN)/python -m pytest -m e2e

lint: .venv/.development  ## Check style, types and generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python docs/generate.py --check

conformance: .venv/.development  ## Let prowler and checkov judge the deployed lab
	@$(BIN)/python -m tests.conformance --config $(CONFIG)

bench: .venv/.development  ## Measure what speed is claimed for
	@$(BIN)/python -m benchmarks

docs: .venv/.development  ## Write the generated reference pages again
	@$(BIN)/python docs/generate.py

golden: .venv/.development  ## Write the golden files again; review the difference
	@$(BIN)/python -m pytest --golden -m golden

lock: .venv/.pipenv  ## Resolve the dependencies again; the index stays whoever installs' own
	@$(PIPENV) lock --categories "packages dev-packages terraform"
	@$(BIN)/python -c 'import json, pathlib; file = pathlib.Path("Pipfile.lock"); lock = json.loads(file.read_text()); lock["_meta"]["sources"] = []; file.write_text(json.dumps(lock, indent=4) + "\n")'

clean:  ## Remove what was built; state under .atalaya stays
	@rm -rf .venv .venv-prowler .venv-checkov .venv-awscli cdktf.out .pytest_cache .mypy_cache .ruff_cache
