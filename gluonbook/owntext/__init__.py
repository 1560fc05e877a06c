"""The tool: train on a text of your own, in the shell or in a program, and keep what was trained.

``python -m gluonbook`` is `cli`. It may use all of the lesson; the lesson uses nothing of it.
"""
