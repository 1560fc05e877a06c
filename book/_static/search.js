// Search while the reader types, with MiniSearch, in the texts that search.py writes.
(() => {
  const root = document.documentElement.dataset.content_root;
  const COMMON = new Set("a an and are between do does how in is of on or the to vs what why with".split(" "));
  let loading; // a promise of the index

  const wordsOf = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

  function load() {
    return new Promise((resolve) => {
      const script = document.createElement("script");
      Object.assign(script, { onload: resolve, src: `${root}_static/search-sections.js` });
      document.head.append(script);
    }).then(() => {
      const index = new globalThis.MiniSearch({
        fields: ["title", "page", "text"],
        idField: "address",
        processTerm: (word) => !COMMON.has(word) && word.replace(/(?<=..[^s])s$/, ""), // "gates" finds "gate"
        searchOptions: {
          boost: { page: 1.2, title: 4 },
          boostDocument: (address, word, { weight }) => weight,
          fuzzy: (word) => word.length > 4 && 1, // one letter may be wrong
          prefix: (word) => word.length > 2,
          tokenize: wordsOf,
          weights: { fuzzy: 0.1, prefix: 0.3 },
        },
        storeFields: ["page", "text", "title", "weight"],
        tokenize: (text) => wordsOf(`${text} ${text.replaceAll("-", "")}`), // with onehot for one-hot
      });
      index.addAll(globalThis.bookSections);
      return index;
    });
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
      loading ??= load();
      const found = (await loading).search(field.value).slice(0, 20);
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
