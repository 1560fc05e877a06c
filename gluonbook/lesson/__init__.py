"""The code that the sections explain, with one module for each topic.

The docstring of `gluonbook` lists the modules in reading order.
"""
