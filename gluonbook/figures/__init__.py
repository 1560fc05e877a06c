"""Figures with alt text: curves and heat maps, sliders, and a model that writes in the page."""
