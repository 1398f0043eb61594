/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026 The Septum authors */
"use strict";
// The page reads without this; it adds the search, and opens what a link leads to.
const box = document.getElementById("find"), told = document.getElementById("found");
const entries = [...document.querySelectorAll(".seek")].map(e => ({ e, text: null }));
const outer = [...document.querySelectorAll(".module")];

function search() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const entry of entries) {
    entry.text ??= entry.e.textContent.toLowerCase();
    const hit = words.every(w => entry.text.includes(w));
    entry.e.hidden = !hit;
    count += hit;
  }
  for (const module of outer) {
    module.hidden = ![...module.querySelectorAll(".seek")].some(e => !e.hidden);
    module.open = words.length > 0 && !module.hidden;
  }
  told.textContent = words.length ? count + " found" : "";
}

function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
  target.scrollIntoView();
}

let waiting;
box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
addEventListener("hashchange", reveal);
reveal();
