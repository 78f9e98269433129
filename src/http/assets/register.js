/* Checks the signed part of a certificate's QR code in this browser (the format: src/issue/qr.h).
   Nothing is sent. On a certificate's page the code is the page's own address; on the page for
   checking it is pasted, or stands behind #. Texts are data- attributes in the page's language. */
(function () {
'use strict';
var box = document.getElementById('qr');
if (!box) return;
var say = box.dataset, FIXED = 46, SIGNATURE = 64, MAX_AGE = 7;

function hex(text) {
  return new Uint8Array((text.match(/../g) || []).map(function (h) { return parseInt(h, 16); }));
}
function toHex(bytes) {
  return Array.from(bytes, function (b) { return (b < 16 ? '0' : '') + b.toString(16); }).join('');
}
function same(a, b) {
  return a.length === b.length && a.every(function (x, i) { return x === b[i]; });
}
function fill(text, values) {
  return text.replace(/\{(\d)\}/g, function (all, i) { return values[+i]; });
}
function show(tone, lines, link) {
  box.textContent = '';
  box.className = 'reason ' + tone;
  lines.filter(Boolean).forEach(function (line, i) {
    var p = document.createElement('p'), e = i ? p : document.createElement('strong');
    if (!i) p.appendChild(document.createTextNode({good: '\u2713 ', care: '\u26a0\ufe0e ', bad: '\u2717 '}[tone]));
    if (!i) p.appendChild(e);
    e.appendChild(document.createTextNode(line));
    box.appendChild(p);
  });
  if (link) {
    var p = document.createElement('p'), a = document.createElement('a');
    a.href = a.textContent = link;
    p.appendChild(a);
    box.appendChild(p);
  }
}

/* {url, raw, ...}, or null: it is none. */
function take(text) {
  var at = text.indexOf('#'), raw;
  if (at < 1 || text.length > 512 || at > 160 || !/^[\w-]+$/.test(text.slice(at + 1))) return null;
  try {
    raw = Uint8Array.from(atob(text.slice(at + 1).replace(/-/g, '+').replace(/_/g, '/')),
      function (c) { return c.charCodeAt(0); });
  } catch (e) { return null; }
  if (raw.length < FIXED + 1 + SIGNATURE || raw[0] !== 1 || raw[FIXED - 1] > 64 ||
      raw.length !== FIXED + raw[FIXED - 1] + SIGNATURE) return null;
  var view = new DataView(raw.buffer), number = raw.slice(FIXED, raw.length - SIGNATURE);
  return {url: text.slice(0, at), raw: raw, id: raw.slice(1, 5), asOf: view.getInt32(5), validTo: view.getInt32(9),
    data: toHex(raw.slice(13, 45)), number: new TextDecoder().decode(number)};
}
function message(c) {
  var head = new TextEncoder().encode('satyapan-qr/1\n' + c.url + '\n');
  var all = new Uint8Array(head.length + c.raw.length - SIGNATURE);
  all.set(head);
  all.set(c.raw.subarray(0, c.raw.length - SIGNATURE), head.length);
  return all;
}
function date(day) {
  return new Date(day * 86400000).toLocaleDateString(document.documentElement.lang === 'hi' ? 'hi-IN' : 'en-IN',
    {day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC', numberingSystem: 'latn'});
}
function today() { return Math.floor((Date.now() + 19800000) / 86400000); }
/* Only an address of the web may be a link. */
function safe(url) { return /^https?:\/\//i.test(url) ? url : null; }

function genuine(c) {
  var lines = [say.good, fill(say.claim, [c.number, date(c.asOf), date(c.validTo)])], tone = 'good';
  if (say.number && c.number !== say.number) return show('bad', [fill(say.other, [c.number])], safe(c.url));
  if (c.validTo < today()) { lines.push(say.over); tone = 'care'; }
  if (!say.number) {
    if (c.asOf > today()) { lines.push(fill(say.early, [date(c.asOf), date(today())])); tone = 'care'; }
    if (c.validTo >= today() && today() - c.asOf > MAX_AGE) { lines.push(fill(say.stale, [date(c.asOf)])); tone = 'care'; }
    return show(tone, lines.concat(say.ask), safe(c.url));
  }
  lines.unshift(say.scanned);
  lines.push(fill(say.now, [say.word]));
  if (say.sha256 !== c.data) { lines.push(say.changed); tone = 'care'; }
  show(say.status === 'VALID' ? tone : say.status === 'SUSPENDED' || say.status === 'WITHDRAWN' ? 'bad' : 'care', lines);
}
function check(text) {
  var c = take(text.trim());
  if (!c) return show('bad', [say.none]);
  if (!same(Array.from(c.id), Array.from(hex(say.id)))) return show('bad', [say.otherKey]);
  if (!window.crypto || !crypto.subtle) return show('care', [say.old]);
  return crypto.subtle.importKey('raw', hex(say.key), {name: 'Ed25519'}, false, ['verify']).then(function (key) {
    return crypto.subtle.verify({name: 'Ed25519'}, key, c.raw.subarray(c.raw.length - SIGNATURE), message(c))
      .then(function (good) { if (good) genuine(c); else show('bad', [say.bad]); });
  }).catch(function () { show('care', [say.old]); });
}

var form = document.getElementById('code-form');
if (form) {
  var field = document.getElementById('code');
  form.addEventListener('submit', function (e) { e.preventDefault(); check(field.value); });
  var given = decodeURIComponent(location.hash.slice(1));
  if (given.indexOf('#') > 0) { field.value = given; check(given); }
} else {
  var at = location.href.indexOf('#');
  var own = function () {
    at = location.href.indexOf('#');
    if (at > 0 && location.hash.length > 100) check(location.href.slice(0, at).replace(/\?.*$/, '') + location.hash);
  };
  window.addEventListener('hashchange', own);
  own();
}
})();
