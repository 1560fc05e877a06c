// How a search weighs what it finds. Sphinx takes this file into its own, with all of these values:
// they are its usual ones. A term that the glossary explains is what a reader asks for first.

globalThis.Scorer = {
  score: ([page, , anchor, , score, , kind]) =>
    page.endsWith("/glossary") && anchor && kind === "title" ? score + 100 : score,
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
