# Point VENV at an existing environment to use it as it is.
VENV ?= .venv
PYTHON ?= python3
export PATH := $(abspath $(VENV))/bin:$(PATH)

.PHONY: repro test test-fault lint ui plots experiments compare readme weights env
.DEFAULT_GOAL := repro

repro: env
	python -m galaxy.cli check
	python -m galaxy.cli tidy
	dvc repro
	python -m galaxy.cli page

test: env
	python -m pytest -m "not fault"

test-fault: env
	python -m pytest -m fault

lint: env
	ruff check .
	ruff format --check .
	mypy

# All runs in MLflow; PORT=5001 takes another port.
PORT ?= 5000
ui: env
	python -m galaxy.cli ui --port $(PORT)

# Curves, confusion and reliability on one page; REV=main puts another branch, commit or experiment beside this one.
plots: env
	python -m galaxy.cli plots $(REV)

# Experiments with what differs between them: accuracy of each row and the parameters, without hashes of files.
experiments: env
	dvc exp show --only-changed --drop 'State|Executor|(code|data|galaxy|metrics|report|stages)(/|$$)|.*roc_auc'

# What this work tree changes against BASE, as Markdown in OUT; both are reproduced first.
export BASE ?= origin/main
export OUT ?= report/compare.md
compare: repro
	python -m galaxy.cli compare "$$BASE" --output "$$OUT"

# The README's table from metrics/, its picture from report/index.html.
readme: env
	python -m tests.readme --write
	python -m tests.picture

# Makes the weights in galaxy/weights anew: half an hour on two free cores, minutes on a GPU; goes on where it was stopped.
weights: env
	dvc --cd pretraining repro

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
