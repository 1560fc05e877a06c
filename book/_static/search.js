// Search while the reader types, with MiniSearch, in the texts that search.py writes.
(() => {
  const root = document.documentElement.dataset.content_root;
  const COMMON = new Set("a an and are between do does how in is of on or the to vs what why with".split(" "));
  // What readers type where the book has other words.
  const SYNONYMS = new Map(Object.entries({
    bigram: ["bigram", "n", "gram"],
    gru: ["gru", "gated", "recurrent", "unit"],
    lstm: ["lstm", "long", "short", "term", "memory"],
    markov: ["n", "gram"],
    rnn: ["rnn", "recurrent", "neural", "network"],
    tokenizer: ["tokenization", "token"],
  }));
  let loading; // a promise of the index

  const wordsOf = (text) => text.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(Boolean);

  // Return what a singular and its plural have in common, such as "bia" for "bias" and "biases".
  const withoutS = (word) => word.replace(/(?<=..[^s])s$/, "");
  const stem = (word) => withoutS(withoutS(word).replace(/(?<=...)e$/, ""));

  async function load() {
    await globalThis.gluonbookFigures.load("search-sections.js");
    const index = new globalThis.MiniSearch({
      fields: ["title", "page", "text"],
      idField: "address",
      processTerm: stem,
      searchOptions: {
        boost: { page: 1.2, title: 4 },
        // What has just this word as its title comes before titles in which it is one of several.
        boostDocument: (address, word, { title, weight }) =>
          stem(title.toLowerCase()) === word ? 3 * weight : weight,
        fuzzy: (word) => word.length > 4 && 1, // one letter may be wrong
        prefix: (word) => word.length > 2,
        processTerm: (word) => !COMMON.has(word) && (SYNONYMS.get(stem(word)) ?? [word]).map(stem),
        tokenize: wordsOf,
        weights: { fuzzy: 0.1, prefix: 0.3 },
      },
      storeFields: ["page", "text", "title", "weight"],
      tokenize: (text) => wordsOf(`${text} ${text.replaceAll("-", "")}`), // with onehot for one-hot
    });
    index.addAll(globalThis.bookSections);
    return index;
  }

  function item({ id, page, terms, text, title }) {
    const [entry, link, excerpt] = ["li", "a", "p"].map((name) => document.createElement(name));
    link.href = root + id;
    link.textContent = title === page ? title : `${page} › ${title}`;
    const first = text.search(new RegExp(`(?<!\\w)(?:${terms.join("|")})`, "i"));
    const begin = text.lastIndexOf(" ", Math.max(0, first - 80)) + 1;
    excerpt.textContent = `${begin ? "… " : ""}${text.slice(begin, begin + 160)} …`;
    entry.append(link, excerpt);
    return entry;
  }

  document.querySelectorAll("form.bd-search").forEach((form) => {
    const field = form.querySelector("input[type=search]");
    const list = document.createElement("div");
    Object.assign(list, { className: "search-results", role: "status" });
    form.after(list);
    field.addEventListener("input", async () => {
      let found;
      try {
        found = (await (loading ??= load())).search(field.value).slice(0, 20);
      } catch {
        list.textContent = "The search could not be loaded.";
        return;
      }
      const results = document.createElement("ul");
      results.append(...found.map((result) => item(result)));
      list.replaceChildren(found.length || !field.value ? results : "Nothing found.");
    });
    if (form.closest(".bd-search-container")) {
      field.value = new URLSearchParams(location.search).get("q");
      field.dispatchEvent(new Event("input"));
    }
  });
})();
