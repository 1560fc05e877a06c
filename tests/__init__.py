"""A package, so that pytest finds the plugin under its full name, ``tests.nbval_tolerance``."""
