# Point VENV at an existing environment to use it as it is.
VENV ?= .venv
PYTHON ?= python3
export PATH := $(abspath $(VENV))/bin:$(PATH)

.PHONY: help repro test test-fault coverage lint docs ui plots experiments compare readme weights rehearsal bench env
.DEFAULT_GOAL := repro

help:   ## list what make does
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

repro: env   ## reproduce the table: what a change reaches, then the page
	python -m galaxy.cli check
	python -m galaxy.cli tidy
	$(if $(JOBS)$(LAUNCHER),python -m galaxy.cli repro $(if $(JOBS),--jobs $(JOBS)) --launcher '$(LAUNCHER)',dvc repro)
	python -m galaxy.cli page

# Some processes of tests at once; TESTS_AT_ONCE= runs one test after the other.
TESTS_AT_ONCE ?= -n auto
test: env   ## all tests but the fault suite
	python -m pytest -m "not fault" $(TESTS_AT_ONCE)

test-fault: env   ## kills, full disks and misbehaving servers, many times over
	python -m pytest -m fault

coverage: env   ## the tests with line coverage of galaxy/ and stages/, at least 90 %
	coverage erase
	coverage run -m pytest -m "not fault" $(TESTS_AT_ONCE)
	coverage combine --quiet
	coverage report --fail-under=90

lint: env   ## ruff, mypy, and the layers between the packages
	ruff check .
	ruff format --check .
	mypy
	lint-imports

docs: env   ## the documentation as a site in site/
	NO_MKDOCS_2_WARNING=1 python -m mkdocs build --strict

PORT ?= 5000
ui: env   ## all runs in MLflow; PORT=5001 takes another port
	python -m galaxy.cli ui --port $(PORT)

# Curves, confusion and reliability on one page; REV=main puts another branch, commit or experiment beside this one.
plots: env   ## curves, confusion and reliability; REV=main puts another revision beside this one
	python -m galaxy.cli plots $(REV)

# Experiments with what differs between them: accuracy of each row and the parameters, without hashes of files.
experiments: env   ## one line per experiment: accuracies, and what was changed
	dvc exp show --only-changed --drop 'State|Executor|(code|data|galaxy|inputs|metrics|report|stages)(/|$$)|.*roc_auc'

# What this work tree changes against BASE, as Markdown in OUT; both are reproduced first.
export BASE ?= origin/main
export OUT ?= report/compare.md
compare: repro   ## what this work tree changes against BASE, as Markdown in OUT
	python -m galaxy.cli compare "$$BASE" --output "$$OUT"

readme: env   ## the README's table from metrics/, its picture from the page
	python -m tests.readme --write
	python -m tests.picture

# Takes three hours of one free core, of which one is drawing, which all cores share; a stopped training resumes.
weights: env   ## make the weights in galaxy/weights again: three hours of one free core
	dvc --cd pretraining repro

# An hour and 25 GB of disk; measurements are kept in FOLDER/measured.json, from which a stopped rehearsal resumes.
FOLDER ?= build/rehearsal
rehearsal: env   ## the report's protocol on stand-ins, with its cost: an hour on two free cores, 25 GB of disk
	python -m benchmarks.rehearsal $(FOLDER)

bench: env   ## all benchmarks that fit ten minutes, into benchmarks/RESULTS.md
	python -m benchmarks.everything

ifeq ($(VENV),.venv)
env: $(VENV)/.installed

# Built aside and renamed at the end, or an interrupted installation would pass for a finished one.
$(VENV)/.installed: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "error: no $(PYTHON) found; install Python 3.11 or newer, or set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; install Python 3.11 or newer, or set PYTHON=..." >&2; exit 1; }
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --clear --python $(PYTHON) $(VENV) && uv pip install --python $(VENV) --compile-bytecode --requirement requirements.lock && \
	  uv pip install --python $(VENV) --no-deps --quiet --editable .; \
	else \
	  $(PYTHON) -m venv --clear $(VENV) && $(VENV)/bin/pip install --quiet --progress-bar off --requirement requirements.lock && \
	  $(VENV)/bin/pip install --quiet --no-deps --editable .; \
	fi
	@touch $@
else
env:
	@test -x $(VENV)/bin/python || { echo "error: VENV=$(VENV) holds no environment; unset VENV to have one built in .venv" >&2; exit 1; }
endif
