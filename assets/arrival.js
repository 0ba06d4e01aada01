// A page that was open before comes with what it showed then, perhaps of another claim or person,
// until the server has filled it for its own address. Until then nothing of it is seen or pressed.
// A page that says itself that it is loading has nothing to cover, and neither has a connection
// that comes back, where the address stays.

const root = document.documentElement;
let covered = false;
let emptied = false;

// Called whenever the page changed.
export function arrive() {
  const marker = document.querySelector("[data-rx=filling]");
  const filled = marker?.dataset.filled !== "false";
  const own = !marker || marker.dataset.place === location.pathname + location.search;
  if (!own) covered = true;
  if (!filled) emptied = true;
  // An address the server names otherwise than the browser: that it was filled since is enough.
  else if (own || emptied) covered = emptied = false;
  const covers = covered && !document.querySelector("#main .loading");
  if (isCovered() === covers) return;
  root.classList.toggle("arriving", covers);
  document.getElementById("main")?.setAttribute("aria-busy", String(covers));
}

function isCovered() {
  return root.classList.contains("arriving");
}

// What a keyboard presses.
for (const kind of ["click", "submit"]) {
  document.addEventListener(kind, (event) => {
    if (!isCovered() || !event.target.closest?.("#main > .stack-wide > :not(nav)")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}
