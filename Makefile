# Every target sets up .venv first, so each works as the first command on a machine with Python 3.11 or newer.

PYTHON ?= python3
TORCH ?= torch==2.13.0
CHAPTER ?= 02_shallow_networks
SUBMISSIONS ?= examples/$(CHAPTER)
OUT ?= out/$(CHAPTER)
JOBS ?=
ISOLATION ?=
IMAGE ?= autograder-grader
BASE_IMAGE ?=
TORCH_INDEX ?=
EXTRA ?=
BUILD_FLAGS ?=

BIN := .venv/bin
# Of the tests half wait, for limits and for other programs.
AT_ONCE = $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
STAMP := .venv/.installed
GRADE := $(BIN)/autograder grade $(CHAPTER) $(SUBMISSIONS) -o $(OUT) $(if $(JOBS),--jobs $(JOBS)) $(if $(ISOLATION),--isolation $(ISOLATION) --image $(IMAGE))

.DEFAULT_GOAL := help
.PHONY: help setup build check zips verify release grade image lint test bench pictures clean

help:  ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## Make .venv with everything in it

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: $(PYTHON) is too old or missing; Python 3.11 or newer is needed: make PYTHON=python3.12 …" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "make: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "Installing into .venv (a few minutes the first time)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

build: setup  ## Build chapters that changed: masters to student/ and solutions/
	$(BIN)/autograder build

check: setup  ## Fail if what is committed is not what the masters give
	$(BIN)/autograder build --check

zips: setup  ## Write solutions/*/autograder.zip for otter and Gradescope
	$(BIN)/autograder build --zips

verify: setup  ## Prove that the tests of every chapter tell right answers from wrong ones
	$(BIN)/autograder verify

release: setup  ## Write what students get into dist/: a zip for each chapter, searched for answers, and SHA256SUMS
	$(BIN)/autograder release

grade: setup  ## Grade SUBMISSIONS of CHAPTER into OUT; by default the bundled sample class
	@$(BIN)/autograder build $(CHAPTER)
	@if $(BIN)/autograder doctor > /dev/null; then $(GRADE); \
	elif [ "$(SUBMISSIONS)" = "examples/$(CHAPTER)" ]; then \
	  echo "This host cannot wall in submissions; the bundled sample is trusted and graded without a wall." >&2; \
	  $(GRADE) --isolation none --trust; \
	else $(BIN)/autograder doctor; exit 2; fi

image:  ## Build the image for --isolation docker (BASE_IMAGE, TORCH, TORCH_INDEX, EXTRA; see grader.Dockerfile)
	docker build $(BUILD_FLAGS) -f grader.Dockerfile -t $(IMAGE) --build-arg TORCH='$(TORCH)' \
	  $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) $(if $(TORCH_INDEX),--build-arg TORCH_INDEX=$(TORCH_INDEX)) \
	  $(if $(EXTRA),--build-arg EXTRA='$(EXTRA)') .

lint: setup  ## Style, imports, types, the package's arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint check verify  ## Everything that must hold
	$(BIN)/pytest -n $(or $(JOBS),$(AT_ONCE))

bench: setup  ## Seconds per submission against otter and nbgrader, growth up to 10,000 submissions, scaling (half an hour)
	$(BIN)/python benchmarks/per_submission.py
	$(BIN)/python benchmarks/class_size.py

pictures: setup  ## Draw the pictures of the documents anew, with Chromium
	$(BIN)/python docs/pictures/make.py

clean:  ## Remove what can be made again, dist/ too; results in out/ stay
	rm -rf .venv .cache build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
