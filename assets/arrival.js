// A page that was open before comes with what it showed then, perhaps of another claim or person,
// until the server has filled it for its own address. Until then nothing of it is seen or pressed.
// A connection that comes back, where the address stays, covers nothing.

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
  if (root.classList.contains("arriving") === covered) return;
  root.classList.toggle("arriving", covered);
  document.getElementById("main")?.setAttribute("aria-busy", String(covered));
}

// What a keyboard presses.
for (const kind of ["click", "submit"]) {
  document.addEventListener(kind, (event) => {
    if (!covered || !event.target.closest?.("#main > .stack-wide > :not(nav)")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}
