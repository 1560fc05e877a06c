"""The settings of the HTML book, which `book/making/html.py` builds.

Two rules shape these settings. No page loads anything from another site, so that the book is complete
without a network. Formulas are rendered while the book is built, so that they need no JavaScript.
"""

from pathlib import Path

from book import places
from book.chapter import NOVEL, SHORT_TITLE

BOOK = Path(__file__).resolve().parent

project = SHORT_TITLE
author = "the gluonbook authors"
copyright = "the gluonbook authors. Text CC BY-SA 4.0, code Apache-2.0"

extensions = [
    "book.extensions.claims",
    "book.extensions.contents",
    "book.extensions.figures",
    "book.extensions.folds",
    "book.extensions.formulas",
    "book.extensions.interactive",
    "book.extensions.notebooks",
    "book.extensions.search",
    "book.extensions.sections",
    "book.extensions.selection",
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinxcontrib.katex",
    "sphinxext.opengraph",
]
templates_path = ["_templates"]
exclude_patterns = ["README.md"]  # a page includes a part of it

# --- Notebooks and Markdown ------------------------------------------------------------

nb_execution_mode = "off"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js = {}  # by default, two scripts from another site

myst_enable_extensions = ["amsmath", "attrs_inline", "dollarmath", "substitution"]
myst_dmath_allow_space = myst_dmath_allow_digits = False  # formulas are those that GitHub shows
myst_substitutions = {
    "title": SHORT_TITLE,
    "novel": f"*{NOVEL['title']}*",
    "author": NOVEL["author"],
}
myst_heading_anchors = 4

myst_heading_slug_func = "book.extensions.contents.jupyter_slug"

numfig = True
numfig_format = {"figure": "Figure %s"}

# --- Formulas --------------------------------------------------------------------------

html_math_renderer = "katex"
myst_update_mathjax = False
katex_prerender = True
katex_css_path = "katex/katex.min.css"

# --- API -------------------------------------------------------------------------------

default_role = "py:obj"  # a name in single backticks
autodoc_default_options = {"ignore-module-all": True, "members": True}
autodoc_member_order = "bysource"
autodoc_mock_imports = ["mxnet"]  # so the book can be built where MXNet cannot be imported
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # the docstrings name the types, with shapes
napoleon_google_docstring = False
napoleon_use_param = False  # types are prose here ("list of int"), not names to link
napoleon_use_rtype = False
add_module_names = False
viewcode_follow_imported_members = False
nitpick_ignore_regex = [
    ("py:.*", r"(mx|mxnet|nd|gluon|numpy|np|matplotlib|pooch)\..*"),
    ("py:obj", ".*"),  # a parameter has no page to link to
]

# --- Places ----------------------------------------------------------------------------

# "owner/name" on GitHub. To build for another one: GITHUB_REPOSITORY=owner/name make html
repository = places.repository(BOOK.parent)
html_baseurl = ogp_site_url = places.site(repository)
ogp_social_cards = {"enable": False}

# --- Pages -----------------------------------------------------------------------------

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/favicon.svg"
# The style and the scripts of the model that writes are in the package.
FIGURES = ("figure.js", "rnn.js", "writer.css", "writer.js")
html_static_path = ["_static", *(f"../gluonbook/figures/{name}" for name in FIGURES)]
html_css_files = ["book.css", "figures.css", "writer.css"]
LATER = ["minisearch/minisearch.js", "rnn.js", "figure.js", "search.js", "writer.js"]
html_js_files = ["book.js", *((name, {"defer": "defer"}) for name in LATER)]
html_domain_indices = html_use_index = False
html_additional_pages = {"search": "search.html"}  # see extensions/search.py
html_show_sphinx = False
html_context = {
    "default_mode": "light",  # without JavaScript; otherwise book.js sets it
}
html_theme_options = {
    "logo": {"text": project},
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # otherwise there is a second search field
    "show_navbar_depth": 2,
    "toc_title": "On this page",
    "search_bar_text": "Search",
    "footer_content_items": ["copyright.html", "formats.html"],
}
copybutton_selector = ".cell_input div.highlight pre, .highlight-sh pre"
