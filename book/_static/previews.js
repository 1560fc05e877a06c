// While the pointer or the focus is on a link to the glossary, show the explanation of the term, which
// previews.py has added to the page. The explanation also stays while the pointer is on it. Escape
// closes it.

const preview = document.createElement("div");
preview.className = "term-preview";
preview.id = "term-preview";
preview.setAttribute("role", "tooltip");
preview.hidden = true;

let explained = null; // the link whose term is explained
let waiting; // a timer, so that a pointer that only passes changes nothing

document.addEventListener("DOMContentLoaded", () => {
  document.body.append(preview);
  document.querySelectorAll('.bd-article a[href*="glossary.html#"]').forEach((link) => {
    const explanation = document.getElementById(`term-${link.hash.slice(1)}`);
    if (!explanation) return;
    link.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") later(() => show(link, explanation), 200);
    });
    link.addEventListener("pointerleave", () => later(hide, 300));
    link.addEventListener("focus", () => {
      if (link.matches(":focus-visible")) show(link, explanation);
    });
    link.addEventListener("blur", hide);
  });
  preview.addEventListener("pointerenter", () => clearTimeout(waiting));
  preview.addEventListener("pointerleave", () => later(hide, 300));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
});

function later(action, milliseconds) {
  clearTimeout(waiting);
  waiting = setTimeout(action, milliseconds);
}

function show(link, explanation) {
  hide();
  explained = link;
  preview.replaceChildren(explanation.content.cloneNode(true));
  preview.hidden = false;
  link.setAttribute("aria-describedby", preview.id);
  place(link.getClientRects()[0]);
}

function hide() {
  clearTimeout(waiting);
  explained?.removeAttribute("aria-describedby");
  explained = null;
  preview.hidden = true;
}

// Place the explanation below the link, or above it if there is no room below, and inside the page.
function place(line) {
  const box = preview.getBoundingClientRect();
  const below = line.bottom + box.height + 8 < innerHeight;
  const left = Math.min(line.left, document.documentElement.clientWidth - box.width - 8);
  preview.style.left = `${Math.max(8, left) + scrollX}px`;
  preview.style.top = `${(below ? line.bottom + 4 : line.top - box.height - 4) + scrollY}px`;
}
