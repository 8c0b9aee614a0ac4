// A link in a message ends in #redefinir=<token> or #convite=<token>: the part of an address that no server gets to see.
"use strict";
const [what, token] = location.hash.slice(1).split("=", 2);
const page = { redefinir: "/senha/nova", convite: "/convite" }[what];
const field = document.querySelector("input[name=token]");
if (page && token && location.pathname !== page) location.replace(page + location.hash);
else if (field && token) {
  field.value = decodeURIComponent(token);
  history.replaceState(null, "", location.pathname);
}
