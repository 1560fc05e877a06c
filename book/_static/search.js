// Search while the reader types, in the dialog (Ctrl+K) and on the page "Search". A result is a section
// of a page, a term, a function or a reference, and is shown with an excerpt. MiniSearch and the texts
// are loaded when the reader begins to search.

const WEIGHTS = { function: 0.3, reference: 0.2, section: 1, solution: 0.4, term: 1.5 };
const IN_DIALOG = 8;
const ON_PAGE = 30;
const EXCERPT = 160; // characters
const root = document.documentElement.dataset.content_root;

let loading; // a promise of the index

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("form.bd-search").forEach((form) => {
    const field = form.querySelector("input[type=search]");
    const isOnPage = Boolean(form.closest(".bd-search-container"));
    const list = document.createElement("div");
    list.className = "search-results";
    list.setAttribute("role", "status");
    form.after(list);
    field.addEventListener("focus", () => load(), { once: true });
    field.addEventListener("input", () => search(field, list, isOnPage ? ON_PAGE : IN_DIALOG));
    if (isOnPage) {
      field.value = new URLSearchParams(location.search).get("q") ?? "";
      if (field.value) search(field, list, ON_PAGE);
    }
  });
});

function load() {
  loading ??= script("_static/minisearch/minisearch.js")
    .then(() => script("_static/search-sections.js"))
    .then(() => {
      const index = new globalThis.MiniSearch({
        fields: ["title", "page", "text"],
        idField: "address",
        processTerm: stem,
        tokenize: (text) => [...plainWords(text), ...joinedWords(text)],
        searchOptions: {
          boost: { page: 1.2, title: 4 },
          boostDocument: (address, term, stored) => WEIGHTS[stored.kind],
          combineWith: "AND",
          fuzzy: (term) => (term.length > 5 ? 0.15 : false),
          prefix: true,
          tokenize: plainWords,
          weights: { fuzzy: 0.1, prefix: 0.3 },
        },
        storeFields: ["kind", "page", "text", "title"],
      });
      index.addAll(globalThis.bookSections);
      return index;
    });
  return loading;
}

function script(address) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.addEventListener("load", resolve, { once: true });
    element.addEventListener("error", reject, { once: true });
    element.src = root + address;
    document.head.append(element);
  });
}

function plainWords(text) {
  return text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

// "backpropagation" finds "back-propagation".
function joinedWords(text) {
  const hyphenated = text.match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)+/gu) ?? [];
  return hyphenated.map((word) => word.replaceAll("-", ""));
}

// "gates" finds the same as "gate".
function stem(term) {
  const lower = term.toLowerCase();
  return lower.length > 3 ? lower.replace(/(?<!s)s$/, "") : lower;
}

async function search(field, list, most) {
  const index = await load();
  const query = field.value.trim();
  const found = query ? index.search(query) : [];
  if (field.value.trim() !== query) return; // the reader has typed something else meanwhile
  const results = document.createElement("ul");
  results.append(...found.slice(0, most).map((result) => item(result)));
  const number = document.createElement("p");
  number.textContent = query ? count(found.length, most) : "";
  list.replaceChildren(number, results);
}

function count(found, most) {
  if (!found) return "Nothing found.";
  return found > most ? `The best ${most} of ${found} results:` : `${found} result${found === 1 ? "" : "s"}:`;
}

function item(result) {
  const entry = document.createElement("li");
  const link = document.createElement("a");
  link.href = root + result.id;
  link.textContent = result.title === result.page ? result.title : `${result.page} › ${result.title}`;
  const text = document.createElement("p");
  text.append(...excerpt(result));
  entry.append(link, text);
  return entry;
}

// Return the part of a text around the first match, with all matches marked.
function excerpt({ terms, text }) {
  const escaped = terms.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  const words = new RegExp(String.raw`(?<!\w)(${escaped.join("|")})`, "gi");
  const first = Math.max(0, text.search(words));
  const begin = first < EXCERPT / 2 ? 0 : text.indexOf(" ", first - EXCERPT / 2) + 1;
  const isCut = begin + EXCERPT < text.length;
  const end = isCut ? text.lastIndexOf(" ", begin + EXCERPT) : text.length;
  const whole = `${begin ? "… " : ""}${text.slice(begin, end)}${isCut ? " …" : ""}`;
  return whole.split(words).map((piece, place) => {
    if (place % 2 === 0) return piece;
    const mark = document.createElement("mark");
    mark.textContent = piece;
    return mark;
  });
}
