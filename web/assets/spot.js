// Forms that are filled in on the spot: what was typed and photographed stays on this telephone until it arrived,
// a press without a network is sent when there is one, and the telephone's position is read only when asked for.
// Every form works without this file, as long as there is a network.
(function () {
  "use strict";
  var PHOTOS = "jishi-spot";

  function store(do_) {
    return new Promise(function (done) {
      if (!window.indexedDB) return done(null);
      var open = indexedDB.open(PHOTOS, 1);
      open.onupgradeneeded = function () { open.result.createObjectStore("photos"); };
      open.onerror = function () { done(null); };
      open.onsuccess = function () {
        var t = open.result.transaction("photos", "readwrite"), ask = do_(t.objectStore("photos"));
        t.oncomplete = function () { done(ask && ask.result); open.result.close(); };
        t.onerror = t.onabort = function () { done(null); open.result.close(); };
      };
    });
  }

  // Once it arrived nothing of it stays on the telephone.
  document.querySelectorAll("[data-forget]").forEach(function (el) {
    store(function (s) { return s.delete(el.dataset.forget); });
    history.replaceState(null, "", location.pathname); // what is written from here on is another draft
  });

  document.querySelectorAll("[data-locate]").forEach(function (button) {
    if (!navigator.geolocation) return;
    button.hidden = false;
    var field = document.getElementById(button.dataset.locate), note = button.nextElementSibling;
    button.addEventListener("click", function () {
      note.textContent = button.dataset.wait;
      navigator.geolocation.getCurrentPosition(function (p) {
        var c = p.coords, text = button.dataset.said.replace("{at}", c.latitude.toFixed(5) + "," + c.longitude.toFixed(5)).replace("{n}", Math.round(c.accuracy));
        field.value = (field.value.replace(/ ?[（(][^（(]*-?\d+\.\d{5},-?\d+\.\d{5}[^）)]*[）)]$/, "") + " " + text).trim();
        field.dispatchEvent(new Event("input", { bubbles: true }));
        note.textContent = "";
      }, function () { note.textContent = button.dataset.not; }, { enableHighAccuracy: true, timeout: 15000 });
    });
  });

  function setup(form) {
    var key = "draft:" + form.dataset.spot + ":", photos = form.querySelector('input[type="file"]'), waiting = form.querySelector("[data-waiting]");
    var keep = ["TEXTAREA", "SELECT", "INPUT"], trying = null, sending = false, pressed = "";

    function fields() {
      return Array.from(form.elements).filter(function (e) {
        return e.name && keep.indexOf(e.tagName) >= 0 && e.type !== "file" && e.type !== "submit" && (e.type !== "hidden" || e.name === "token");
      });
    }

    function save() {
      try {
        var kept = fields().filter(function (e) { return e.type !== "radio" && e.type !== "checkbox" || e.checked; })
          .map(function (e) { return [e.name, e.value]; });
        localStorage.setItem(key + "form", JSON.stringify(kept));
      } catch (e) { /* storage refused: the page still works */ }
    }

    // The form's own token comes back with the draft: what had arrived without our knowing is not done twice.
    function restore() {
      var kept;
      try { kept = JSON.parse(localStorage.getItem(key + "form") || "null"); } catch (e) { return; }
      if (!kept || form.hasAttribute("data-filled")) return;
      var used = [];
      kept.forEach(function (k) {
        var e = fields().find(function (e) {
          return used.indexOf(e) < 0 && e.name === k[0] && (e.type !== "radio" && e.type !== "checkbox" || e.value === k[1]);
        });
        if (!e) return;
        used.push(e);
        if (e.type === "radio" || e.type === "checkbox") e.checked = true; else e.value = k[1];
      });
      if (photos) store(function (s) { return s.get(form.dataset.spot); }).then(function (files) {
        if (!files || !files.length || photos.files.length) return;
        var t = new DataTransfer();
        files.forEach(function (f) { t.items.add(f); });
        photos.files = t.files;
        shown();
      });
    }

    function shown() {
      var list = form.querySelector("[data-photos]");
      if (list) list.textContent = Array.from(photos.files).map(function (f) { return f.name; }).join(" · ");
    }

    form.addEventListener("input", save);
    form.addEventListener("change", save);
    if (photos) photos.addEventListener("change", function () {
      shown();
      var files = Array.from(photos.files);
      store(function (s) { return s.put(files, form.dataset.spot); });
    });
    restore();

    // Whether anybody answers is asked before the form is risked: a browser without a network drops what it sends.
    function reach() {
      var end = new AbortController(), clock = setTimeout(function () { end.abort(); }, 6000);
      return fetch("/healthz", { cache: "no-store", signal: end.signal }).then(function (r) { clearTimeout(clock); return r.ok; }, function () { clearTimeout(clock); return false; });
    }

    function wait(on) { if (waiting) waiting.hidden = !on; }

    function attempt(button) {
      clearTimeout(trying);
      reach().then(function (there) {
        if (there) { wait(false); sending = true; form.requestSubmit(button || undefined); return; }
        var now = form.querySelector("[data-now]"); // what waits for the network happened when it was pressed
        if (now && !now.value) now.value = pressed;
        save();
        wait(true);
        trying = setTimeout(function () { attempt(button); }, 5000);
      });
    }

    // Capture: before the guard against a second press sees it, which would keep the second sending back.
    document.addEventListener("submit", function (e) {
      if (e.target !== form || sending) return;
      e.preventDefault();
      e.stopPropagation();
      pressed = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 16);
      save();
      attempt(e.submitter);
    }, true);
    window.addEventListener("online", function () { if (waiting && !waiting.hidden) attempt(); });
    window.addEventListener("pageshow", function () { sending = false; });
  }
  document.querySelectorAll("form[data-spot]").forEach(setup);
})();
