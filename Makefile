# Every command of this project. `make help` lists them.
#
# Each does the set-up that it needs, and does again only what has changed.

# PYTHON makes .venv.
THIS_PYTHON := $(if $(PYTHON),--this-python)
PYTHON ?= python3

# Notebooks run side by side, JOBS at a time, and share the processors. One alone gets half of
# them, as MXNet would take: with all of them, one busy neighbour makes it many times slower.
JOBS ?= $(shell env -u OMP_NUM_THREADS nproc)
OMP_NUM_THREADS ?= $(shell each=$$(($$(env -u OMP_NUM_THREADS nproc) / ($(JOBS) > 2 ? $(JOBS) : 2))); \
	echo $$((each > 1 ? each : 1)))
# Tests often wait, for a page or another process. So one worker more than that keeps all busy,
# unless only one is asked for, as on a GPU.
WORKERS = $(if $(filter 1,$(JOBS)),1,$(shell expr $(JOBS) + 1))

# A book of a part of the chapter has a folder of its own. No other book is to notice these two.
PART := $(if $(SECTIONS)$(SOLUTIONS),SECTIONS="$(SECTIONS)" SOLUTIONS="$(SOLUTIONS)" \
	TITLE="$(TITLE)" AUTHOR="$(AUTHOR)")
BOOK := $(if $(PART),_build/part,_build)
ifneq ($(filter-out no,$(SOLUTIONS)),)
$(error SOLUTIONS is $(SOLUTIONS), but it can only be no: SOLUTIONS=no leaves out the solutions)
endif
unexport SECTIONS SOLUTIONS TITLE AUTHOR
PDF := recurrent-neural-networks.pdf

# Kernels start in the notebooks' folders, so a relative folder would be another one there.
ifdef GLUONBOOK_DATA_DIR
override GLUONBOOK_DATA_DIR := $(or \
	$(shell cd "$(GLUONBOOK_DATA_DIR)" 2>/dev/null && pwd),$(GLUONBOOK_DATA_DIR))
export GLUONBOOK_DATA_DIR
endif

ALL_NOTEBOOKS := $(wildcard chapter_rnn/*.ipynb chapter_rnn/solutions/*.ipynb)
# As paths, or by their names: NOTEBOOKS="rnn solutions/rnn".
NAMED := $(or $(NOTEBOOKS),$(SECTIONS))
CHOSEN := $(patsubst %,chapter_rnn/%.ipynb,$(patsubst chapter_rnn/%,%,$(patsubst %.ipynb,%,$(or $(NAMED),$(ALL_NOTEBOOKS)))))
ifneq ($(filter-out $(ALL_NOTEBOOKS),$(CHOSEN)),)
$(error There is no $(filter-out $(ALL_NOTEBOOKS),$(CHOSEN)). A name is that of a section, such as rnn, or solutions/rnn)
endif
NAMES ?= $(notdir $(basename $(shell grep -l __main__ studies/*.py)))

# What the sections read: not the tool in its room, nor the door to it, nor Python's bytecode.
LESSON := $(filter-out gluonbook/tool/% gluonbook/__main__.py %.pyc, \
	$(wildcard gluonbook/*.* gluonbook/*/*.* chapter_rnn/measured/*.json))

RUN := .venv/bin/python
# Which text is read is settled before: a kernel need not wait for a network that is not there.
RUN_KERNELS = GLUONBOOK_OFFLINE=1 OMP_NUM_THREADS=$(OMP_NUM_THREADS) $(RUN)

# Commands ----------------------------------------------------------------------------

.PHONY: FORCE all test html pdf notebooks lab data check refresh studies format lint lock clean help environment peers text execute
.DELETE_ON_ERROR:

all: execute ## what `make` alone does: environment, data, every section executed, the book built
	@$(MAKE) --silent _build/executed/html/index.html
	@echo 'Up to date: _build/executed/html/index.html'

test: lint text html ## check everything: code, every notebook cell, the book (ARGS="..." for pytest)
	@$(RUN_KERNELS) -m pytest --numprocesses=$(WORKERS) $(ARGS)

html: environment $(BOOK)/html/index.html ## the book from the stored outputs (SECTIONS="rnn ..." of a part, SOLUTIONS=no)
	@echo 'Up to date: $(BOOK)/html/index.html, from the stored outputs'

pdf: html $(BOOK)/pdf/$(PDF) ## the book to print (needs Chromium; SECTIONS="rnn ..." of a part)
	@echo 'Up to date: $(BOOK)/pdf/$(PDF)'

notebooks: environment ## copies of the sections to hand out (NOTEBOOKS="rnn ..." or SECTIONS="rnn ...")
	@$(RUN) -m tools.copies _build/notebooks $(if $(NAMED),$(CHOSEN))

lab: text ## JupyterLab on your own copies (ARGS="..." for JupyterLab)
	@$(RUN) -m tools.lab $(ARGS)

data: environment ## download the novel, or say why that cannot be done
	@$(RUN) -m gluonbook data

check: text ## authors: the rules and the cells of a few sections (NOTEBOOKS="rnn ..." names them)
	@$(RUN_KERNELS) -m pytest --quiet --color=no --tb=short -n 0 \
		$(CHOSEN) tests/test_bare_lesson.py $(ARGS)

refresh: data ## authors: execute and store the outputs (NOTEBOOKS="rnn ..." names a few)
	@$(MAKE) --silent --keep-going --jobs=$(JOBS) $(CHOSEN:%=refresh/%)

# PyTorch's own index has it without gigabytes of CUDA.
peers: environment ## PyTorch, for the tests of the model in it
	@.venv/bin/uv pip install --python=$(RUN) --system-certs --no-config --torch-backend=cpu torch==2.13.0

studies: text ## authors: the long experiments, resumable: hours (NAMES="..." names a few)
	@for name in $(NAMES); do $(RUN) -m studies.$$name || exit; done

format: environment ## put code and notebooks into form
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

lint: environment ## check the form of code and notebooks, and the spelling
	@$(RUN) -m ruff check
	@.venv/bin/oxlint --quiet gluonbook book
	@# In a notebook only outputs are indented as far as this, and models misspell.
	@.venv/bin/codespell --ignore-regex '^      .*' chapter_rnn
	@.venv/bin/codespell --ignore-regex '"image/png".*' gluonbook book checks studies tools tests *.md
	@$(RUN) -m ruff format --check

lock: environment ## authors: pin what pyproject.toml asks for (ARGS=--upgrade takes newer versions)
	@UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet pyproject.toml --group=chapter \
		--universal --generate-hashes --no-annotate --output-file=requirements.lock $(ARGS)

clean: ## delete the environments and everything built; the novel stays
	rm -rf .venv _build .pytest_cache .ruff_cache

help: ## this list
	@sed -n 's/^\([a-z]*\):.* ## /  make \1|/p' Makefile | tr '|' '\t' | expand -t 20

# How -----------------------------------------------------------------------------------

environment: .venv/bin/gluonbook

# The package itself, as editable: gluonbook is found from everywhere, and the command is there.
.venv/bin/gluonbook: pyproject.toml .venv/complete.json
	@.venv/bin/uv pip install --quiet --python=$(RUN) --offline --no-deps --no-build-isolation --editable=.
	@touch $@

# A good environment stays, unless PYTHON names another Python.
.venv/complete.json: FORCE
	@command -v "$(PYTHON)" >/dev/null || { echo '$(PYTHON) is not there. Name a Python, make PYTHON=..., or install' \
		'the packages that README.md lists.' >&2; exit 1; }
	@"$(PYTHON)" tools/environment.py $(THIS_PYTHON)

# _build/text and _build/sources are written only if their content changes: the hash of the text that the
# notebooks read, and the names of what the book is made from.
text: environment
	@mkdir -p _build
	@$(RUN) -c 'import warnings; from gluonbook.ground import novel; \
		warnings.formatwarning = lambda message, *_: f"{message}\n"; \
		print(novel.pooch.file_hash(novel.novel_or_stand_in()))' >_build/text.new || { $(RUN) -c 'import gluonbook' 2>/dev/null || echo \
		'MXNet cannot be imported, so no notebook can be executed. These commands work without MXNet: make html,' \
		'make pdf, .venv/bin/python -m pytest tests/book tests/browser' >&2; exit 1; }
	@cmp -s _build/text.new _build/text || cp _build/text.new _build/text

BOOK_SOURCES := README.md pyproject.toml chapter_rnn/claims.toml data/time_traveller_retold.txt \
	$(wildcard chapter_rnn/*.md chapter_rnn/figures/*.svg chapter_rnn/measured/*.json) \
	$(shell find book gluonbook -type f -not -path '*__pycache__*')
_build/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(GITHUB_REPOSITORY) $(sort $(BOOK_SOURCES) $(ALL_NOTEBOOKS))' >$@.new
	@cmp -s $@.new $@ || cp $@.new $@

# A section is executed again if it has changed, or what it reads: the lesson, what was measured, and the
# text.
EXECUTED := $(ALL_NOTEBOOKS:%=_build/executed/notebooks/%)
execute: text
	@$(MAKE) --silent --jobs=$(JOBS) $(EXECUTED)
_build/executed/notebooks/%.ipynb: %.ipynb $(LESSON) .venv/complete.json _build/text
	@mkdir -p $(@D) && touch $@.begun
	@$(RUN_KERNELS) -m checks.execute $< $@
	@touch --reference=$@.begun $@ # an edit made meanwhile is newer
	@rm $@.begun

# Each page lists all others, so the book is built as a whole.
_build/html/index.html: $(BOOK_SOURCES) $(ALL_NOTEBOOKS) .venv/complete.json _build/sources
	@$(RUN) -m book.making.html chapter_rnn _build
_build/executed/html/index.html: $(BOOK_SOURCES) $(EXECUTED) .venv/complete.json _build/sources
	@$(RUN) -m book.making.html _build/executed/notebooks/chapter_rnn _build/executed
_build/part/html/index.html: environment FORCE
	@$(PART) $(RUN) -m book.making.html chapter_rnn _build/part

%/pdf/$(PDF): %/html/index.html CITATION.cff
	@$(PART) $(RUN) -m book.making.pdf $*/html $@
	@rm $(@:.pdf=.html)

refresh/%: FORCE
	@$(RUN_KERNELS) -m checks.execute $* $*
