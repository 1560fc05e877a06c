// Shows below each search result the passage that matched. Sphinx would load the whole page of
// each result for that, which is much, and from a disk is not allowed; search-texts.js has them.

const EXCERPT_LENGTH = 220; // characters
const words = new URLSearchParams(location.search).get("q")?.match(/[\p{Letter}\p{Number}_]+/gu);

if (words) {
  // With the stem, "clipping" finds "clipped" too, as in the search itself.
  const stems = words.map((word) => new Stemmer().stemWord(word.toLowerCase()));
  const anyWord = new RegExp(`(?<![\\p{Letter}\\p{Number}])(?:${stems.join("|")})\\p{Letter}*`, "giu");
  const phrase = new RegExp(stems.map((stem) => `${stem}\\p{Letter}*`).join("\\W+"), "iu");

  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    added.filter((node) => node.nodeName === "LI").forEach((item) => addExcerpt(item));
  }).observe(document.getElementById("search-results"), { childList: true, subtree: true });

  function addExcerpt(item) {
    const address = item.querySelector("a").getAttribute("href");
    const [page, anchor] = address.split(/\.html#?/);
    const passages = SEARCH_TEXTS[page] ?? [];
    // What has a heading of its own, such as a term of the glossary, is told below it.
    const own = passages.find(([place]) => anchor && place === anchor);
    const passage = own ? own[1] : bestPassage(passages.map(([, text]) => text));
    if (passage) item.append(excerpt(passage));
  }

  // The passage with the whole phrase, else with most of its words. What was found in code only
  // has none.
  function bestPassage(passages) {
    const scores = passages.map((text) => {
      const found = new Set((text.match(anyWord) ?? []).map((word) => word.toLowerCase()));
      return found.size + (phrase.test(text) ? words.length : 0);
    });
    const best = Math.max(0, ...scores);
    return best > 0 ? passages[scores.indexOf(best)] : "";
  }

  function excerpt(passage) {
    const at = Math.max(0, passage.search(phrase), passage.search(anyWord));
    const from = at < EXCERPT_LENGTH / 2 ? 0 : passage.indexOf(" ", at - EXCERPT_LENGTH / 3) + 1;
    let text = passage.slice(from);
    if (text.length > EXCERPT_LENGTH) {
      text = `${text.slice(0, text.lastIndexOf(" ", EXCERPT_LENGTH))} …`;
    }
    const paragraph = document.createElement("p");
    paragraph.className = "excerpt";
    paragraph.append(from ? "… " : "");
    let end = 0;
    for (const match of text.matchAll(anyWord)) {
      const mark = document.createElement("mark");
      mark.textContent = match[0];
      paragraph.append(text.slice(end, match.index), mark);
      end = match.index + match[0].length;
    }
    paragraph.append(text.slice(end));
    return paragraph;
  }
}
