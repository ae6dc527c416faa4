// The one table on a phone with a weak network. What is typed is kept on the phone and sent cell by cell; a cell that
// was sent again after a lost answer carries the same one-time token. Without this file the page is a plain form.
(function () {
  "use strict";
  var root = document.querySelector("[data-table]"), form = document.getElementById("fill");
  if (!root) return;
  var says = JSON.parse(root.dataset.says), line = document.getElementById("sync");
  var mine = root.dataset.who + " " + root.dataset.table;
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(root.dataset.worker, { scope: "/table/" }).catch(function () {});

  function token() {
    var b = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(b, function (x) { return x.toString(16).padStart(2, "0"); }).join("");
  }
  var device = "";
  try {
    device = localStorage.getItem("jishi-device") || token();
    localStorage.setItem("jishi-device", device);
  } catch (e) { device = token(); }

  // The drafts: one store, by token. Each call is one transaction, so a closed page loses nothing that was typed.
  var open = new Promise(function (good, bad) {
    if (!window.indexedDB) return bad(new Error("no store"));
    var q = indexedDB.open("jishi-table", 1);
    q.onupgradeneeded = function () { q.result.createObjectStore("drafts", { keyPath: "token" }); };
    q.onsuccess = function () { good(q.result); };
    q.onerror = function () { bad(q.error); };
  });
  function store(mode, act) {
    return open.then(function (db) {
      return new Promise(function (good, bad) {
        var t = db.transaction("drafts", mode), q = act(t.objectStore("drafts"));
        t.oncomplete = function () { good(q && q.result); };
        t.onerror = t.onabort = function () { bad(t.error); };
      });
    });
  }
  function drafts() {
    return store("readonly", function (s) { return s.getAll(); }).then(function (all) {
      return all.filter(function (d) { return d.mine === mine; }).sort(function (a, b) { return a.order - b.order; });
    });
  }
  function put(d) { return store("readwrite", function (s) { return s.put(d); }); }
  function drop(d) { return store("readwrite", function (s) { return s.delete(d.token); }); }

  var cells = Array.from(root.querySelectorAll(".cell"));
  function input(cell) { return cell.querySelector("[name=" + cell.dataset.field + "]"); }
  function cellOf(d) {
    return cells.find(function (c) { return c.dataset.element === d.element && c.dataset.period === d.period; });
  }
  function state(cell, text, kind, to) {
    if (!cell) return;
    var p = cell.querySelector(".state");
    p.hidden = false;
    p.className = "state small " + (kind || "quiet");
    p.textContent = text;
    if (to) {
      var a = document.createElement("a");
      a.href = to;
      a.textContent = " " + says.look;
      p.append(a);
    }
  }
  function tell(text, n) { line.hidden = !text; line.textContent = text.replace("{n}", n); }

  // typed keeps what stands in the cell. What was not sent yet is typed over; what is under way is followed by another.
  var last = Date.now();
  var chain = open.then(function () {}, function () {});
  function typed(cell, act) {
    var el = input(cell), value = el.value.trim();
    chain = chain.then(drafts).then(function (all) {
      var waiting = all.filter(function (d) { return cellOf(d) === cell && !d.sent; });
      return Promise.all(waiting.map(drop)).then(function () {
        if (!value) return;
        return put({ token: token(), mine: mine, order: last = Math.max(Date.now(), last + 1), sent: false, subject: "", element: cell.dataset.element,
          period: cell.dataset.period, act: act || "fill", value: value, base: Number(cell.dataset.base), form: cell.dataset.form, ms: took(cell) })
          .then(function () { state(cell, says.kept); });
      });
    }).then(function () { sync(); }, function () { /* no store here: the form itself still works */ });
    return chain; // what is typed next is kept without waiting for the network
  }

  // How long a cell took, from when it was entered to when it was left; the server adds it up over everybody.
  function took(cell) { return cell.began ? Math.min(Date.now() - cell.began, 900000) : 0; }

  cells.forEach(function (cell) {
    var el = input(cell);
    if (!el) return;
    el.addEventListener("focus", function () { if (!cell.began) cell.began = Date.now(); });
    el.addEventListener("change", function () { typed(cell); });
    var roll = cell.querySelector("[data-roll]");
    if (roll) roll.addEventListener("click", function (e) {
      e.preventDefault();
      el.value = roll.dataset.roll;
      typed(cell, "roll");
    });
  });

  var going = false, again = false, wait = 0;
  function sync() {
    if (going) { again = true; return going; }
    going = drafts().then(function (all) {
      if (!all.length) return;
      tell(says.sending, all.length);
      var some = all.slice(0, 20);
      some.forEach(function (d) { d.sent = true; });
      return Promise.all(some.map(put)).then(function () { return send(some); }).then(function (answer) { return taken(some, answer); });
    }).then(function () { wait = 0; }, failed).then(function () {
      going = false;
      if (again) { again = false; return sync(); }
    });
    return going;
  }
  function send(some) {
    return fetch(root.dataset.sync, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ device: device, cells: some.map(function (d) {
        return { token: d.token, subject: d.subject, element: d.element, period: d.period, act: d.act, value: d.value, base: d.base, form: d.form, ms: d.ms };
      }) }) }).then(function (r) {
      if (r.status === 401 || r.redirected) throw new Error("signin");
      if (!r.ok) throw new Error("later");
      return r.json();
    });
  }
  function taken(some, answer) {
    var refused = 0, gone = 0;
    return answer.cells.reduce(function (before, got) {
      return before.then(function () {
        var d = some.find(function (x) { return x.token === got.token; }), cell = d && cellOf(d);
        if (!d) return;
        gone++;
        if (got.refused) {
          refused++;
          state(cell, got.refused, "fault");
        } else {
          state(cell, says[got.outcome], got.outcome === "contends" ? "fault" : "", got.outcome === "contends" ? got.at : "");
          if (cell && got.outcome !== "contends") cell.dataset.base = Math.max(Number(cell.dataset.base), got.seq);
        }
        // What was typed here after it was typed knowing it: the phone is never in conflict with itself.
        return drop(d).then(drafts).then(function (all) {
          return Promise.all(all.filter(function (x) { return !got.refused && got.outcome !== "contends" && x.element === d.element && x.period === d.period && x.subject === d.subject && x.base < got.seq; })
            .map(function (x) { x.base = got.seq; return put(x); }));
        });
      });
    }, Promise.resolve()).then(drafts).then(function (left) {
      if (refused) tell(says.refused, refused);
      else if (!left.length) tell(says.done, 0);
      if (left.length && gone) again = true;
    });
  }
  function failed(e) {
    return drafts().then(function (all) {
      if (e && e.message === "signin") return tell(says.signin, all.length);
      tell(says.offline, all.length);
      wait = Math.min(60, (wait || 2) * 2);
      setTimeout(sync, wait * 1000);
    }, function () {});
  }

  window.addEventListener("online", sync);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) sync(); });
  if (form) form.addEventListener("submit", function (e) {
    if (e.defaultPrevented || !device) return;
    e.preventDefault();
    open.then(function () {
      var changed = cells.filter(function (c) { var el = input(c); return el && el.value.trim() && el.value !== el.defaultValue && !c.querySelector(".state:not([hidden])"); });
      return changed.reduce(function (before, c) { return before.then(function () { return typed(c); }); }, Promise.resolve()).then(sync);
    }).catch(function () { form.submit(); });
  });
  document.addEventListener("submit", function (e) {
    if (e.target.getAttribute("action") !== "/sign-out" || e.target.sure) return;
    e.preventDefault();
    drafts().then(function (all) {
      if (all.length && !window.confirm(says.unsent.replace("{n}", all.length))) return;
      e.target.sure = true;
      e.target.submit();
    }, function () { e.target.submit(); });
  }, true);

  // What was typed before the page was closed stands in its cells again.
  drafts().then(function (all) {
    all.forEach(function (d) {
      var cell = cellOf(d), el = cell && input(cell);
      if (el) { el.value = d.value; state(cell, says.kept); }
    });
    if (all.length) { tell(says.offline, all.length); sync(); }
  }, function () {});
})();
