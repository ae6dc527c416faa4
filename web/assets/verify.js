// Checks a receipt in the browser, without asking anybody: see derive/ledger/receipt, which does the same in Go.
(function () {
  "use strict";
  var doc = document, bytes = new TextEncoder();

  function unbase64(s) { return Uint8Array.from(atob(s), function (c) { return c.charCodeAt(0); }); }
  function hex(b) { return Array.from(b, function (x) { return x.toString(16).padStart(2, "0"); }).join(""); }
  function unhex(s) { return Uint8Array.from(s.match(/../g) || [], function (x) { return parseInt(x, 16); }); }
  function join() {
    var parts = Array.from(arguments), all = new Uint8Array(parts.reduce(function (n, p) { return n + p.length; }, 0)), at = 0;
    parts.forEach(function (p) { all.set(p, at); at += p.length; });
    return all;
  }
  async function sha256() { return new Uint8Array(await crypto.subtle.digest("SHA-256", join.apply(null, arguments))); }
  function same(a, b) { return hex(a) === hex(b); }

  // A public key: NAME+HASH+BASE64, where the hash ties the name to the key.
  async function key(text) {
    var m = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
    if (!m) throw Error("key");
    var raw = unbase64(m[3]), id = (await sha256(bytes.encode(m[1] + "\n"), raw)).slice(0, 4);
    if (raw.length !== 33 || raw[0] !== 1 || hex(id) !== m[2]) throw Error("key");
    return { name: m[1], id: id, public: raw.slice(1), text: text };
  }

  // A signed note: its text, if enough of the keys signed it.
  async function note(text, keys, enough) {
    var cut = text.lastIndexOf("\n\n");
    if (cut < 0) return null;
    var body = text.slice(0, cut + 1), signed = 0;
    for (var line of text.slice(cut + 2).split("\n")) {
      var m = /^\u2014 (\S+) (\S+)$/.exec(line);
      if (!m) continue;
      var sig = unbase64(m[2]);
      for (var k of keys) {
        if (k.name !== m[1] || !same(k.id, sig.slice(0, 4))) continue;
        if (!await ed25519.verifyAsync(sig.slice(4), bytes.encode(body), k.public)) return null;
        signed++;
      }
    }
    return signed >= enough ? body : null;
  }

  async function chain(list, trusted) {
    var keys = [];
    for (var i = 0; i < list.length; i++) {
      keys.push(await key(list[i].public));
      if (i === 0) continue;
      var handover = "jishi ledger key v1\nlast " + list[i - 1].public + "\nnext " + list[i].public + "\n";
      if (keys[i].name !== keys[0].name || await note(list[i].vouched || "", keys.slice(i - 1), 2) !== handover) throw Error("keys");
    }
    if (!keys.length || trusted && !keys.some(function (k) { return k.text === trusted; })) throw Error("keys");
    return keys;
  }

  async function said(event, list) {
    var all = "jishi said v1\n" + event + "\n";
    list.forEach(function (s) { all += s.name + "\n" + bytes.encode(s.text).length + "\n" + s.text + "\n"; });
    return sha256(bytes.encode(all));
  }

  // The root of the tree that a leaf and its path lead to (RFC 9162, 2.1.3.2).
  async function root(index, size, leaf, path) {
    var fn = index, sn = size - 1, r = await sha256([0], leaf);
    if (index >= size) return null;
    for (var p of path) {
      if (sn === 0) return null;
      if (fn % 2 === 1 || fn === sn) {
        r = await sha256([1], p, r);
        while (fn % 2 === 0 && fn !== 0) { fn = fn / 2; sn = Math.floor(sn / 2); }
      } else {
        r = await sha256([1], r, p);
      }
      fn = Math.floor(fn / 2);
      sn = Math.floor(sn / 2);
    }
    return sn === 0 ? r : null;
  }

  async function included(entry, proof, origin, keys) {
    if (!proof) return [true, "pending", {}];
    var cut = proof.indexOf("\n\n"), lines = proof.slice(0, cut).split("\n"), at = /^index (\d+)$/.exec(lines[1]);
    if (cut < 0 || lines[0] !== "c2sp.org/tlog-proof@v1" || !at) return [false, "proof", {}];
    var head = await note(proof.slice(cut + 2), keys, 1), parts = (head || "").split("\n");
    if (!head || parts[0] !== origin) return [false, "head", {}];
    var index = Number(at[1]), size = Number(parts[1]);
    var got = await root(index, size, entry, lines.slice(2).map(unbase64));
    if (!got || !same(got, unbase64(parts[2]))) return [false, "entry", { n: index + 1 }];
    return [true, "included", { n: index + 1, size: size }];
  }

  async function check(file, trusted) {
    if (file.format !== "jishi receipt v1") return [[false, "not-a-receipt", {}]];
    var keys;
    try { keys = await chain(file.keys, trusted); } catch (e) { return [[false, "keys", {}]]; }
    var text = await note(file.promise, keys, 1);
    var m = text && /^jishi promise v1\n(.+)\nnumber (.+)\nat (.+)\nevent (.+)\nentry ([0-9a-f]{64})\nsaid ([0-9a-f]{64})\n$/.exec(text);
    if (!m) return [[false, "signature-not", {}]];
    var list = [[true, "signature", { origin: m[1], number: m[2], at: m[3].slice(0, 19).replace("T", " ") }]];
    var ok = same(await said(m[4], file.said || []), unhex(m[6]));
    list.push([ok, ok ? "said" : "said-not", {}]);
    list.push(await included(unhex(m[5]), file.proof, m[1], keys));
    return list;
  }

  function start() {
    var room = doc.getElementById("verify");
    if (!room) return;
    var says = JSON.parse(doc.getElementById("verify-says").textContent), out = doc.getElementById("verify-found");
    async function run() {
      var file = doc.getElementById("verify-file").files[0];
      if (!file) return;
      var list, trusted = doc.getElementById("verify-key").value.trim();
      try {
        list = await check(JSON.parse(await file.text()), trusted);
      } catch (e) {
        list = [[false, crypto.subtle ? "not-a-receipt" : "no-crypto", {}]];
      }
      out.replaceChildren.apply(out, list.map(function (f) {
        var li = doc.createElement("li"), mark = doc.createElement("strong"), text = says[f[1]];
        Object.keys(f[2]).forEach(function (k) { text = text.replaceAll("{" + k + "}", f[2][k]); });
        mark.textContent = f[0] ? "✓ " + says.right : "✗ " + says.wrong;
        mark.className = f[0] ? "good" : "wrong";
        li.append(mark, " ", text);
        return li;
      }));
    }
    doc.getElementById("verify-file").addEventListener("change", run);
    doc.getElementById("verify-key").addEventListener("change", run);
    doc.getElementById("verify-form").addEventListener("submit", function (e) { e.preventDefault(); run(); });
  }
  if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", start); else start();
})();
