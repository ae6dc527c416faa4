// Passkeys: the browser makes one, or answers with one, and the form takes the answer along.
(function () {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function bytes(s) {
    var raw = atob(s.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  }

  function text(buffer) {
    var raw = Array.from(new Uint8Array(buffer), function (b) { return String.fromCharCode(b); }).join("");
    return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // What WebAuthn wants as bytes arrives as text.
  function question(form) {
    var q = JSON.parse(new TextDecoder().decode(bytes(form.dataset.ask)));
    q.challenge = bytes(q.challenge);
    if (q.user) q.user.id = bytes(q.user.id);
    (q.excludeCredentials || []).concat(q.allowCredentials || []).forEach(function (c) { c.id = bytes(c.id); });
    return { publicKey: q };
  }

  function answer(key) {
    var r = key.response, said = { clientDataJSON: text(r.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (r[name]) said[name] = text(r[name]);
    });
    if (r.getTransports) said.transports = r.getTransports();
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: said, clientExtensionResults: key.getClientExtensionResults() });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    form.hidden = false;
    form.addEventListener("submit", function (e) {
      e.preventDefault();
      var said = form.querySelector("[data-said]");
      said.textContent = "";
      navigator.credentials[form.dataset.passkey](question(form)).then(function (key) {
        form.elements.answer.value = answer(key);
        form.submit(); // does not come back here
      }).catch(function () {
        said.textContent = form.dataset.not;
        form.querySelectorAll("button").forEach(function (b) { b.disabled = false; });
      });
    });
  });
})();
