// Brings the live part of a page up to date from its stream of events, and lights up the rows that changed.
// The page is whole without this.
"use strict";

const part = document.querySelector("[data-events]");
const pulse = document.getElementById("pulse");
let stream;
let retry;

function say(state) {
  pulse.hidden = false;
  pulse.className = `pulse ${state}`;
  pulse.textContent = pulse.dataset[state];
}

function texts() {
  const rows = [...part.querySelectorAll("[data-key]")];
  return new Map(rows.map((row) => [row.dataset.key, row.textContent]));
}

function replace(html) {
  const before = texts();
  const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
  part.innerHTML = html;
  for (const row of part.querySelectorAll("[data-key]")) {
    if (before.get(row.dataset.key) !== row.textContent) row.classList.add("changed");
  }
  if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function open() {
  stream = new EventSource(part.dataset.events);
  stream.addEventListener("fragment", (event) => {
    replace(event.data);
    say("live");
  });
  stream.addEventListener("trouble", () => say("trouble"));
  stream.addEventListener("error", () => {
    say("away");
    // A browser comes back by itself, but not after an answer that was an error.
    if (stream.readyState === EventSource.CLOSED) retry = setTimeout(follow, 5000);
  });
}

// A browser keeps few connections to one host: a page that nobody looks at gives its own back.
function follow() {
  clearTimeout(retry);
  stream?.close();
  if (!document.hidden) open();
}

if (part) {
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", follow);
}
