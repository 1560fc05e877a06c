"""Check that the outputs and the claims of notebooks are true: ``python -m pytest -p checks``.

README.md says how to use it.
"""

pytest_plugins = ["checks.plugin"]
