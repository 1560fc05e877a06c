"""What a reader can move: figures with a slider, and a model that writes in the page."""
