// Keeps the one table readable without a network: the village's page and the files it loads, nothing else. Pages about
// households and persons are never kept.
"use strict";
var store = "jishi-table";
var table = /^\/table\/\d{12}$/;

self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (e) { e.waitUntil(self.clients.claim()); });

// fresh takes the page from the network, or after some seconds of nothing the one that was kept.
function fresh(request) {
  return caches.open(store).then(function (cache) {
    var network = fetch(request).then(function (r) {
      if (r.ok && !r.redirected) cache.put(request.url, r.clone());
      else if (r.status === 401 || r.redirected) cache.delete(request.url);
      return r;
    });
    var slow = new Promise(function (good) { setTimeout(good, 6000); }).then(function () { return cache.match(request.url); });
    return Promise.race([network, slow.then(function (kept) { return kept || network; })]).catch(function () {
      return cache.match(request.url).then(function (kept) { return kept || Response.error(); });
    });
  });
}

// named is a file whose name says what is in it: once kept it never changes.
function named(request) {
  return caches.open(store).then(function (cache) {
    return cache.match(request.url).then(function (kept) {
      return kept || fetch(request).then(function (r) {
        if (r.ok) cache.put(request.url, r.clone());
        return r;
      });
    });
  });
}

self.addEventListener("fetch", function (e) {
  var url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (e.request.mode === "navigate" && table.test(url.pathname)) e.respondWith(fresh(e.request));
  else if (url.pathname.indexOf("/assets/") === 0) e.respondWith(named(e.request));
});
