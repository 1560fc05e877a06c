// A link to the glossary shows the term's explanation, while the pointer or the focus is on it.
// The build has put the explanations into the page. Escape closes; the pointer may move onto
// what is shown, and it stays as long as the pointer is there.

const preview = document.createElement("div");
preview.className = "term-preview";
preview.id = "term-preview";
preview.setAttribute("role", "tooltip");
preview.hidden = true;

let explained = null; // the link whose term is shown
let waiting; // for the pointer to stay, or to have left for good

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

// Below the link, or above it where there is no room below; never beyond the sides.
function place(line) {
  const box = preview.getBoundingClientRect();
  const below = line.bottom + box.height + 8 < innerHeight;
  const left = Math.min(line.left, document.documentElement.clientWidth - box.width - 8);
  preview.style.left = `${Math.max(8, left) + scrollX}px`;
  preview.style.top = `${(below ? line.bottom + 4 : line.top - box.height - 4) + scrollY}px`;
}
