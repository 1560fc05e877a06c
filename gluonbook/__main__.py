"""``python -m gluonbook`` downloads *The Time Machine*."""

from gluonbook.novel import main

main()
