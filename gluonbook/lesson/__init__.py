"""The code that the sections explain, with one module for each topic; `gluonbook` lists them in reading order."""
