"""What is particular to this chapter, as `chapter.toml` says it."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SETTINGS = tomllib.loads((ROOT / "book" / "chapter.toml").read_text(encoding="utf-8"))

TITLE = SETTINGS["title"]
CHAPTER = Path(SETTINGS["folder"])
SOLUTIONS = CHAPTER / "solutions"
INDEX = (CHAPTER / "index").as_posix()
GLOSSARY = (CHAPTER / SETTINGS["glossary"]).as_posix()
FLAGSHIP = CHAPTER / f"{SETTINGS['flagship']}.ipynb"
FINALE = CHAPTER / f"{SETTINGS['finale']['section']}.ipynb"
FINALE_CELL = SETTINGS["finale"]["cell"]
