// A board that updates by itself. The page is whole without it: it then has its link to look again.
(function () {
  "use strict";
  var live = document.getElementById("live");
  if (!live || !window.EventSource) return;
  var said = live.querySelector("[data-said]"), heard = document.getElementById("heard");
  var open = document.getElementById("open"), confirmed = document.getElementById("confirmed");
  var source = null, at = "", quiet = null, again = null;
  var silence = 70000; // the server speaks every 30 seconds; twice missed means that nobody is there

  function say(which) {
    var text = live.dataset[which].replace("{at}", at);
    if (said.textContent !== text) said.textContent = text;
    live.classList.toggle("lost", which !== "on");
    live.querySelector(".again").hidden = which === "on";
  }

  function element(html) {
    var t = document.createElement("template");
    t.innerHTML = html;
    return t.content.firstElementChild;
  }

  function states(card) {
    var list = {};
    card.querySelectorAll("[data-state]").forEach(function (li) { list[li.dataset.who] = li.dataset.word; });
    return list;
  }

  // What moved is said once, for whoever hears the page instead of seeing it.
  function announce(was, now) {
    var before = was ? states(was) : {}, after = states(now), news = [];
    Object.keys(after).forEach(function (who) { if (before[who] !== after[who]) news.push(who + " " + after[who]); });
    if (news.length) heard.textContent = now.querySelector("h2").textContent + " " + news.join(" ");
  }

  function place(card, html, tell) {
    var was = document.getElementById("w-" + card), now = element(html);
    if (!now) return;
    var home = now.hasAttribute("data-confirmed") ? confirmed : open;
    var focus = was && was.contains(document.activeElement) && document.activeElement.getAttribute("href");
    if (was && was.parentNode === home) was.replaceWith(now);
    else { if (was) was.remove(); home.prepend(now); }
    if (focus) { var link = now.querySelector('a[href="' + focus + '"]'); if (link) link.focus(); }
    if (tell) { announce(was, now); now.classList.add("fresh"); setTimeout(function () { now.classList.remove("fresh"); }, 4000); }
  }

  function count() {
    document.querySelectorAll("[data-tally]").forEach(function (t) {
      var css = t.dataset.tally === "late" ? "[data-late]" : '[data-state="' + t.dataset.tally + '"]';
      t.querySelector("strong").textContent = open.querySelectorAll(css).length;
    });
    document.getElementById("none").hidden = open.children.length > 0;
    document.getElementById("confirmed-n").textContent = confirmed.children.length;
  }

  function take(e) {
    var u = JSON.parse(e.data);
    at = u.at;
    if (u.all) {
      var there = {};
      (u.cards || []).forEach(function (c) { there["w-" + c.id] = true; });
      document.querySelectorAll(".whistle").forEach(function (el) { if (!there[el.id]) el.remove(); });
      (u.cards || []).slice().reverse().forEach(function (c) { place(c.id, c.html, false); });
    } else {
      (u.gone || []).forEach(function (id) { var el = document.getElementById("w-" + id); if (el) el.remove(); });
      (u.cards || []).forEach(function (c) { place(c.id, c.html, true); });
    }
    count();
    say("on");
    hush();
  }

  function hush() {
    clearTimeout(quiet);
    quiet = setTimeout(function () { lost(); start(); }, silence);
  }

  function lost() { say("lost"); }

  function start() {
    clearTimeout(again);
    if (source) source.close();
    source = new EventSource(live.dataset.live);
    source.addEventListener("board", take);
    source.addEventListener("out", function () { source.close(); clearTimeout(quiet); say("out"); });
    source.onerror = function () {
      lost();
      if (source.readyState === EventSource.CLOSED) again = setTimeout(start, 5000);
    };
    hush();
  }

  at = (said.textContent.match(/\d\d:\d\d:\d\d/) || [""])[0];
  window.addEventListener("online", start);
  window.addEventListener("offline", lost);
  window.addEventListener("pagehide", function () { if (source) source.close(); });
  window.addEventListener("pageshow", function (e) { if (e.persisted) start(); });
  start();
})();
