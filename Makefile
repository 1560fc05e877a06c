# Every command of this project. `make help` lists them.
#
# Each does the set-up that it needs, and does again only what has changed.

# What may be set on the command line or in the environment --------------------------

# PYTHON makes .venv. One that is too new may be named together with ANY_PYTHON=1, to see how far it
# gets.
THIS_PYTHON := $(if $(PYTHON),--this-python)
PYTHON ?= python3

# Notebooks run side by side, JOBS at a time, and share the processors. One alone gets half of
# them, as MXNet would take: with all of them, one busy neighbour makes it many times slower.
PROCESSORS := $(shell env -u OMP_NUM_THREADS nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
JOBS ?= $(PROCESSORS)
OMP_NUM_THREADS ?= $(call largest,1 $(shell expr $(PROCESSORS) / $(call largest,2 $(JOBS))))
# Tests often wait, for a page or another process. So one worker more than that keeps all busy,
# unless only one is asked for, as on a GPU.
WORKERS = $(if $(filter 1,$(JOBS)),1,$(shell expr $(JOBS) + 1))
largest = $(shell printf '%s\n' $(1) | sort -n | tail -n 1)

# A book of a part of the chapter has a folder of its own.
PART := $(if $(SECTIONS)$(SOLUTIONS),_build/part)
export SECTIONS SOLUTIONS CLEAN
PDF := recurrent-neural-networks.pdf

# Kernels start in the notebooks' folders, so a relative folder would be another one there.
ifdef GLUONBOOK_DATA_DIR
override GLUONBOOK_DATA_DIR := $(or \
	$(shell cd "$(GLUONBOOK_DATA_DIR)" 2>/dev/null && pwd),$(GLUONBOOK_DATA_DIR))
export GLUONBOOK_DATA_DIR
endif

# What there is -----------------------------------------------------------------------

ALL_NOTEBOOKS := $(wildcard chapter_rnn/*.ipynb chapter_rnn/solutions/*.ipynb)
# As paths, or by their names: NOTEBOOKS="rnn solutions/rnn".
NOTEBOOKS ?= $(or $(filter-out all,$(SECTIONS)),$(ALL_NOTEBOOKS))
CHOSEN := $(patsubst %,chapter_rnn/%.ipynb,$(patsubst chapter_rnn/%,%,$(NOTEBOOKS:.ipynb=)))
ifneq ($(filter-out $(ALL_NOTEBOOKS),$(CHOSEN)),)
$(error There is no $(filter-out $(ALL_NOTEBOOKS),$(CHOSEN)). A name is that of a section, such as rnn, or solutions/rnn)
endif
NAMES ?= $(notdir $(basename $(shell grep -l __main__ studies/*.py)))

# What the sections import: not the tool in its room, nor the door to it, nor Python's bytecode.
LESSON := $(filter-out gluonbook/tool/% gluonbook/__main__.py %.pyc, \
	$(wildcard gluonbook/*.* gluonbook/*/*.*))

RUN := .venv/bin/python
# Which text is read is settled before: a kernel need not wait for a network that is not there.
RUN_KERNELS = GLUONBOOK_OFFLINE=1 OMP_NUM_THREADS=$(OMP_NUM_THREADS) $(RUN)

# Commands ----------------------------------------------------------------------------

.PHONY: FORCE all test html pdf slides handouts notebooks links lab data check refresh bench studies format lint lock clean help environment peers text execute

all: execute ## what `make` alone does: environment, data, every section executed, the book built
	@$(MAKE) --silent _build/executed/html/index.html
	@echo 'Up to date: _build/executed/html/index.html'

test: lint text html ## check everything: code, every notebook cell, the book (ARGS="..." for pytest)
	@$(RUN_KERNELS) -m pytest --numprocesses=$(WORKERS) $(ARGS)

html: environment ## the book from the stored outputs (SECTIONS="rnn ..." of a part, SOLUTIONS=no)
	@$(if $(PART),$(RUN) -m book.making.html chapter_rnn $(PART),$(MAKE) --silent _build/html/index.html)
	@echo 'Up to date: $(or $(PART),_build)/html/index.html, from the stored outputs'

pdf: html ## the book to print (needs Chromium; SECTIONS="rnn ..." of a part, SECTIONS=all without the other pages)
	@$(if $(PART),$(RUN) -m book.making.pdf $(PART)/html $(PART)/$(PDF),$(MAKE) --silent _build/pdf/$(PDF))
	@echo 'Up to date: $(or $(PART),_build/pdf)/$(PDF)'

slides: environment ## slides for reveal.js, from the stored outputs (NOTEBOOKS="rnn ..." names a few)
	@$(RUN) -m book.making.handouts slides _build/slides $(CHOSEN)

notebooks: environment ## copies to hand out (NOTEBOOKS="rnn ..." or SECTIONS="rnn ...", CLEAN=code or CLEAN=prose to work along)
	@$(RUN) -m tools.copies _build/notebooks $(CHOSEN)

handouts: environment ## each section as one HTML file (NOTEBOOKS="rnn ..." names a few)
	@$(RUN) -m book.making.handouts pages _build/handouts $(CHOSEN)

links: html ## list the links to other sites in _build/links, and check them (needs the network)
	@$(RUN) -m sphinx -q -b linkcheck -c book -d _build/doctrees-links _build/source _build/links

lab: text ## JupyterLab on your own copies (AUTHOR=1: on the book's notebooks; ARGS="..." for JupyterLab)
	@$(RUN) -m tools.lab $(if $(AUTHOR),--author) $(ARGS)

data: environment ## download the novel, or say why that cannot be done
	@$(RUN) -m gluonbook data

check: text ## authors: the guards and the cells of a few sections (NOTEBOOKS="rnn ..." names them)
	@$(RUN_KERNELS) -m pytest --quiet --color=no --tb=short -n 0 \
		$(CHOSEN:%='tests/notebooks/test_notebooks.py::test_notebook[%]') $(CHOSEN) $(ARGS)

refresh: $(if $(shell grep -l 'load_data_\|load_text\|"reads-text"' $(CHOSEN)),data,environment) ## authors: execute and store the outputs (NOTEBOOKS="rnn ..." names a few)
	@$(MAKE) --silent --keep-going --jobs=$(JOBS) $(CHOSEN:%=refresh/%)

bench: text ## the benchmarks: half an hour; after `make peers`, also of PyTorch and JAX
	@for name in training generation; do $(RUN) -m benchmarks.$$name || exit; done

peers: .venv-peers/pytorch ## PyTorch and JAX in .venv-peers, for `make bench` and its tests

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
	@.venv/bin/codespell gluonbook book studies benchmarks tools tests *.md
	@$(RUN) -m ruff format --check

lock: environment ## authors: pin what pyproject.toml asks for (ARGS=--upgrade takes newer versions)
	@UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet pyproject.toml --group=chapter \
		--universal --generate-hashes --no-annotate --output-file=requirements.lock $(ARGS)
	@UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile --quiet --no-config \
		benchmarks/peers/requirements.in --python-version=3.11 --universal --generate-hashes \
		--no-annotate --output-file=benchmarks/peers/requirements.txt $(ARGS)

clean: ## delete the environments and everything built; the novel stays
	rm -rf .venv .venv-peers _build .pytest_cache .ruff_cache

help: ## this list
	@sed -n 's/^\([a-z]*\):.* ## /  make \1|/p' Makefile | tr '|' '\t' | expand -t 20

# What is mistyped, or is not there.
.DEFAULT:
	@echo "There is nothing to make '$@' from, and no command of that name: see make help" >&2; exit 2

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

# They need another NumPy than MXNet. PyTorch has an index of its own: where that cannot be reached,
# the rest is there, and the next time it is tried again.
UV_FOR_PEERS := .venv/bin/uv pip install --python=.venv-peers/bin/python --system-certs --no-config \
	--no-deps --require-hashes --only-binary=:all:
.venv-peers/jax: benchmarks/peers/requirements.txt .venv/bin/gluonbook
	@$(RUN) -m venv --clear .venv-peers
	@$(UV_FOR_PEERS) -r $<
	@touch $@
.venv-peers/pytorch: benchmarks/peers/requirements-pytorch.txt .venv-peers/jax
	@if $(UV_FOR_PEERS) -r $<; then touch $@; else echo 'PyTorch is left out: see above.'; fi

# The text is looked for if a file or a setting has changed, and each time if the novel is not there.
# _build/text is written only if it is another one.
SETTING := $(GLUONBOOK_DATA_DIR) $(GLUONBOOK_OFFLINE)
NOVEL_FILE := $(shell sed -n 's/^file = "\([^"]*\)".*/\1/p' gluonbook/novel.toml)
NOVEL := $(firstword $(wildcard $(addsuffix /$(NOVEL_FILE),$(GLUONBOOK_DATA_DIR) data)))
text: environment
	@$(MAKE) --silent _build/settled
_build/settled: _build/setting gluonbook/novel.toml $(or $(NOVEL),FORCE)
	@$(RUN) -m tools.text_stamp _build/text
	@touch $@
_build/setting: FORCE
	@mkdir -p $(@D); echo '$(SETTING)' | cmp -s - $@ || echo '$(SETTING)' >$@

# A section is executed again if it has changed, or what it reads: the lesson, the text, and what was
# measured. Its cells name that: measured/reach.json.
EXECUTED := $(ALL_NOTEBOOKS:%=_build/executed/notebooks/%)
execute: text
	@$(MAKE) --silent --jobs=$(JOBS) $(EXECUTED)

_build/executed/notebooks/%.ipynb: %.ipynb $(LESSON) .venv/complete.json _build/text
	@$(RUN_KERNELS) -m tools.execute $< $@

# And this one names what it reads in pieces.
_build/executed/notebooks/chapter_rnn/scaling.ipynb: chapter_rnn/measured/costs.json chapter_rnn/measured/workers.json
$(foreach rule,$(shell grep -Ho 'measured/[a-z-]*\.json' $(ALL_NOTEBOOKS) | sed 's|:|:chapter_rnn/|'), \
	$(eval _build/executed/notebooks/$(rule)))

# Each page lists all others, so the book is built as a whole.
BOOK_SOURCES := README.md pyproject.toml .venv/complete.json \
	$(wildcard chapter_rnn/*.md chapter_rnn/figures/*.svg) \
	$(shell find book gluonbook -type f -not -path '*__pycache__*')
_build/html/index.html: $(BOOK_SOURCES) $(ALL_NOTEBOOKS)
	@$(RUN) -m book.making.html chapter_rnn _build
_build/executed/html/index.html: $(BOOK_SOURCES) $(EXECUTED)
	@$(RUN) -m book.making.html _build/executed/notebooks/chapter_rnn _build/executed

_build/pdf/$(PDF): _build/html/index.html CITATION.cff
	@$(RUN) -m book.making.pdf _build/html $@

.PHONY: $(ALL_NOTEBOOKS:%=refresh/%)
$(ALL_NOTEBOOKS:%=refresh/%): refresh/%:
	@$(RUN_KERNELS) -m tools.execute $* $*
