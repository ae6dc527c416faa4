// What pages gain where JavaScript runs. Nothing here is needed: every page works without it.
(function () {
  "use strict";
  var doc = document;

  // A draft of a long answer stays on this device until it is sent. Reports never mark their fields.
  function drafts(root) {
    root.querySelectorAll("[data-draft]").forEach(function (el) {
      var key = "draft:" + el.dataset.draft;
      try {
        var kept = localStorage.getItem(key);
        if (kept && !el.value) el.value = kept;
        el.addEventListener("input", function () { localStorage.setItem(key, el.value); });
      } catch (e) { /* storage refused: the page still works */ }
    });
  }
  function forget() {
    doc.querySelectorAll("[data-forget]").forEach(function (el) {
      try {
        Object.keys(localStorage).forEach(function (k) {
          if (k.indexOf("draft:" + el.dataset.forget) === 0) localStorage.removeItem(k);
        });
      } catch (e) { /* nothing was kept */ }
    });
  }

  // How many characters are left of a limited answer.
  function counts(root) {
    root.querySelectorAll("[data-max]").forEach(function (el) {
      var out = doc.getElementById(el.id + "-count");
      if (!out) return;
      var say = function () {
        var n = Array.from(el.value).length, left = Number(el.dataset.max) - n;
        out.textContent = (left >= 0 ? out.dataset.left : out.dataset.over).replace("{n}", Math.abs(left));
      };
      el.addEventListener("input", say);
      say();
    });
  }

  // A second press of one button sends nothing a second time.
  var sent = null;
  doc.addEventListener("submit", function (e) {
    if (e.target.method !== "post") return;
    if (sent === e.target) { e.preventDefault(); return; }
    sent = e.target;
    setTimeout(function () { sent = null; }, 5000);
  });
  window.addEventListener("pageshow", function () { sent = null; });

  // Whoever signs out leaves no page of the one table on the device.
  doc.addEventListener("submit", function (e) {
    if (e.target.getAttribute("action") === "/sign-out" && window.caches) caches.delete("jishi-table").catch(function () {});
  });

  // A choice draws the page anew by itself; its button is for those without JavaScript.
  function plain(root) {
    root.querySelectorAll("[data-plain]").forEach(function (el) { el.hidden = true; });
  }

  function ready(root) { drafts(root); counts(root); plain(root); }
  ready(doc);
  forget();
  doc.addEventListener("htmx:after:swap", function (e) { ready(doc); });
  doc.querySelectorAll("[data-print]").forEach(function (el) {
    el.hidden = false;
    el.addEventListener("click", function () { window.print(); });
  });
  var summary = doc.querySelector(".summary");
  if (summary) summary.focus();

  // Officers' keys: j k move, Enter opens, / searches, ? shows the keys.
  var rows = Array.from(doc.querySelectorAll("[data-row]"));
  var at = rows.findIndex(function (r) { return r.classList.contains("on"); });
  function move(step) {
    if (!rows.length) return;
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].querySelector("a").focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }
  doc.addEventListener("keydown", function (e) {
    if (!doc.documentElement.classList.contains("desk")) return;
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
    var keys = doc.getElementById("keys"), find = doc.getElementById("find");
    if (e.key === "j") move(1);
    else if (e.key === "k") move(-1);
    else if (e.key === "/" && find) find.focus();
    else if (e.key === "?" && keys) keys.showModal();
    else return;
    e.preventDefault();
  });
})();
