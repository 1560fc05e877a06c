"""Plots, and a model that generates text on the page."""
