"""Figures with alt text: plots, figures with a slider, and a model that writes in the page."""
