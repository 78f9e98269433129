/* Adds to the form what HTML alone has not: dropping files, progress, messages. The form works
   without it. All texts come from data- attributes of the form, in the language of the page. */
(function () {
'use strict';
var form = document.getElementById('verify');
if (!form || !window.FormData || !window.DOMParser) return;
var words = form.dataset, file = document.getElementById('file');
var content = document.getElementById('content');
var drop = document.getElementById('drop'), busy = document.getElementById('busy');
var status = document.getElementById('status'), button = form.querySelector('button[type=submit]');
var request = null;

function make(tag, name, text) {
  var e = document.createElement(tag);
  if (name) e.className = name;
  if (text) e.textContent = text;
  return e;
}
function say(text) { status.textContent = text || ''; }
function size(n) {
  return n >= 1048576 ? (n / 1048576).toFixed(1) + ' MB' : Math.max(1, Math.round(n / 1024)) + ' KB';
}

/* ---- choosing ---- */
function names(files) { return Array.from(files, function (f) { return f.name; }).join(', '); }
function complaint() {
  if (!file.files.length) return words.empty;
  if (file.files.length > +words.maxFiles) return words.tooMany;
  var large = Array.from(file.files).concat(Array.from(content.files)).filter(function (f) {
    return f.size > +words.maxBytes;
  });
  return large.length ? words.tooLarge.replace('{0}', names(large)) : '';
}
function transfer(f) {
  var t = new DataTransfer();
  t.items.add(f);
  return t.files;
}
/* A signature of its own, chosen together with its document: letter.txt.p7s and letter.txt. */
function pair() {
  var two = Array.from(file.files).sort(function (a, b) { return a.name.length - b.name.length; });
  if (two.length !== 2 || content.files.length || two[1].name !== two[0].name + '.p7s') return '';
  content.files = transfer(two[0]);
  file.files = transfer(two[1]);
  content.closest('details').open = true;
  content.dispatchEvent(new Event('change'));
  return words.pair.replace('{0}', two[1].name).replace('{1}', two[0].name);
}
function show(input) {
  var list = input.closest('.pick').nextElementSibling;
  list.replaceChildren.apply(list, Array.from(input.files, function (f) {
    return make('li', '', f.name + ' (' + size(f.size) + ')');
  }));
}
/* The browser's own field speaks the browser's language; this one that of the page. */
function enhance(input, text) {
  var box = make('div', 'pick'), label = make('label', 'button', text);
  label.htmlFor = input.id;
  input.before(box);
  box.append(input, label);
  box.after(make('ul', 'chosen'));
  input.addEventListener('change', function () { show(input); });
  if (input.files.length) show(input);
}
enhance(file, words.choose);
enhance(content, words.chooseOne);
drop.append(make('p', 'hint', words.drop));
form.noValidate = true;

function chosen() {
  var paired = pair();
  show(file);
  say(file.files.length ? complaint() || paired || words.chosen + ' ' + names(file.files) : '');
}
file.addEventListener('change', chosen);

/* A file dropped beside the area must not replace the page. */
['dragover', 'drop'].forEach(function (type) {
  window.addEventListener(type, function (e) { e.preventDefault(); });
});
drop.addEventListener('dragover', function () { drop.classList.add('over'); });
drop.addEventListener('dragleave', function () { drop.classList.remove('over'); });
drop.addEventListener('drop', function (e) {
  drop.classList.remove('over');
  if (request || !e.dataTransfer || !e.dataTransfer.files.length) return;
  file.files = e.dataTransfer.files;
  chosen();
});

/* ---- sending ---- */
function stop(text) {
  request = null;
  busy.replaceChildren();
  form.removeAttribute('aria-busy');
  button.removeAttribute('aria-disabled');
  say(text);
}
/* The earlier version of a PDF that somebody signed, cut out of the file that was sent: nothing is asked for. */
function signedVersions(files) {
  document.querySelectorAll('[data-octets]').forEach(function (place) {
    var d = place.dataset, link;
    var file = files.find(function (f) { return f.name === d.name && f.size === Number(d.size); });
    if (!file) return;
    link = make('a', '', place.textContent);
    link.href = URL.createObjectURL(file.slice(0, Number(d.octets), 'application/pdf'));
    link.download = file.name.replace(/(\.[^.]*)?$/, '-signed-version$1');
    place.replaceChildren(link);
    place.hidden = false;
  });
}
function result(page, files) {
  var next = new DOMParser().parseFromString(page, 'text/html');
  document.title = next.title;
  document.documentElement.lang = next.documentElement.lang;
  document.body.replaceWith(document.adoptNode(next.body));
  history.pushState(null, '', location.pathname + location.search + '#result');
  window.scrollTo({top: 0, behavior: 'instant'});
  var title = document.querySelector('h1');
  if (title) title.focus({preventScroll: true});
  signedVersions(files);
}
/* Back from a result, or forward to one that is gone: the form, fresh. */
window.addEventListener('popstate', function () {
  if (!document.getElementById('verify') || location.hash === '#result') location.reload();
});
function send(data) {
  var bar = make('progress'), percent = make('span'), cancel = make('button', 'plain', words.cancel);
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', words.uploading);
  cancel.type = 'button';
  busy.replaceChildren(bar, percent, cancel);
  form.setAttribute('aria-busy', 'true');
  button.setAttribute('aria-disabled', 'true');
  say(words.uploading);
  request = new XMLHttpRequest();
  cancel.addEventListener('click', function () { if (request) request.abort(); });
  request.upload.addEventListener('progress', function (e) {
    if (!e.lengthComputable) return;
    bar.value = Math.floor(100 * e.loaded / e.total);
    percent.textContent = bar.value + ' %';
  });
  request.upload.addEventListener('load', function () {
    bar.removeAttribute('value');
    bar.setAttribute('aria-label', words.checking);
    percent.textContent = '';
    say(words.checking);
  });
  request.addEventListener('error', function () { stop(words.failed); });
  request.addEventListener('abort', function () { stop(words.cancelled); button.focus(); });
  request.addEventListener('load', function () {
    var type = request.getResponseHeader('Content-Type') || '', text = request.responseText;
    stop('');
    var files = Array.from(data.values()).filter(function (v) { return v instanceof File; });
    if (type.indexOf('text/html') === 0) result(text, files); else say(words.failed);
  });
  request.open('POST', form.action);
  request.setRequestHeader('Accept', 'text/html');
  request.send(data);
}
form.addEventListener('submit', function (e) {
  e.preventDefault();
  if (request) return;
  var wrong = complaint();
  if (wrong) { say(wrong); file.focus(); return; }
  send(new FormData(form));
});

/* ---- samples: checked with one press ---- */
var links = Array.from(document.querySelectorAll('.samples a'));
function fetched(link) {
  return fetch(link.href).then(function (r) {
    if (!r.ok) throw new Error(r.status);
    return r.blob();
  });
}
links.forEach(function (link) {
  var check = make('button', 'plain', words.check), name = link.textContent;
  var signed = links.find(function (other) { return other.textContent + '.p7s' === name; });
  check.type = 'button';
  check.setAttribute('aria-label', words.check + ': ' + name);
  check.addEventListener('click', function () {
    if (request) return;
    Promise.all([fetched(link), signed && fetched(signed)]).then(function (blobs) {
      var data = new FormData(form);
      data.delete('content');
      data.delete('password');
      data.set('file', blobs[0], name);
      if (signed) data.set('content', blobs[1], signed.textContent);
      send(data);
    }).catch(function () { say(words.failed); });
  });
  link.after(check);
});
})();
