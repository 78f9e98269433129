/* Adds to the officers' pages what HTML alone has not: progress of an upload, verdicts that arrive.
   Every page works without it. All texts come from data- attributes, in the language of the page. */
(function () {
'use strict';

function make(tag, name, text) {
  var e = document.createElement(tag);
  if (name) e.className = name;
  if (text) e.textContent = text;
  return e;
}
function percent(n) { return n + ' %'; }

/* ---- uploads: a form with data-upload is sent with a progress bar ---- */
function upload(form) {
  var words = form.dataset, button = form.querySelector('button:not([type=button])');
  var busy = make('div', 'busy'), bar = make('progress'), said = make('p', 'said');
  var cancel = make('button', 'plain', words.cancel), request = null;
  if (!window.FormData || !button) return;
  said.setAttribute('role', 'status');
  cancel.type = 'button';
  form.append(busy);
  busy.append(said);
  function stop(text) {
    request = null;
    bar.remove();
    cancel.remove();
    form.removeAttribute('aria-busy');
    button.removeAttribute('aria-disabled');
    said.textContent = text;
  }
  cancel.addEventListener('click', function () { if (request) request.abort(); });
  form.addEventListener('submit', function (e) {
    if (request) { e.preventDefault(); return; }
    e.preventDefault();
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute('aria-label', words.sending);
    busy.prepend(bar);
    busy.append(cancel);
    form.setAttribute('aria-busy', 'true');
    button.setAttribute('aria-disabled', 'true');
    said.textContent = words.sending;
    request = new XMLHttpRequest();
    request.upload.addEventListener('progress', function (p) {
      if (!p.lengthComputable) return;
      bar.value = Math.floor(100 * p.loaded / p.total);
      bar.textContent = percent(bar.value);
    });
    request.upload.addEventListener('load', function () {
      bar.removeAttribute('value');
      said.textContent = words.keeping;
    });
    request.addEventListener('error', function () { stop(words.failed); });
    request.addEventListener('abort', function () { stop(words.cancelled); button.focus(); });
    request.addEventListener('load', function () {
      var type = request.getResponseHeader('Content-Type') || '';
      if (type.indexOf('text/html') !== 0) { stop(words.failed); return; }
      if (request.status < 400) { window.location.assign(request.responseURL || location.href); return; }
      /* The page that says what is wrong takes the place of this one. */
      var next = new DOMParser().parseFromString(request.responseText, 'text/html');
      document.title = next.title;
      document.body.replaceWith(document.adoptNode(next.body));
      window.scrollTo({top: 0, behavior: 'instant'});
      start();
    });
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'text/html');
    request.send(new FormData(form));
  });
}

/* ---- verdicts that arrive: an element with data-events, its files with data-path ---- */
function follow(box) {
  var words = box.dataset, bar = box.querySelector('progress'), said = box.querySelector('.said');
  var source, shown = -1;
  if (!window.EventSource) return;
  var again = document.getElementById('reload');
  if (again) again.hidden = true;
  source = new EventSource(words.events);
  function tell(done, all) {
    if (!all) return;
    bar.max = all;
    bar.value = done;
    /* A screen reader hears it every tenth. */
    if (done === all || Math.floor(10 * done / all) !== shown) {
      shown = Math.floor(10 * done / all);
      said.textContent = words.some.replace('{0}', done).replace('{1}', all);
    }
  }
  /* What happened between the page and the stream. */
  source.addEventListener('open', function () {
    fetch(words.state).then(function (r) { return r.json(); }).then(function (d) {
      if (d.state === 'verified' || d.state === 'failed') { source.close(); location.reload(); }
      if (d.progress) tell(d.progress.done, d.progress.of_all);
    }).catch(function () {});
  });
  function about(e) {
    var d = JSON.parse(e.data);
    return String(d.document) === words.document ? d : null;
  }
  source.addEventListener('progress', function (e) {
    var d = about(e);
    if (d) tell(d.done, d.of_all);
  });
  source.addEventListener('file', function (e) {
    var d = about(e), list = document.getElementById('arriving');
    if (!d || !list) return;
    var row = make('li', 'one-line'), key = d.verdict.charAt(0) + d.verdict.slice(1).toLowerCase();
    row.append(make('span', 'tag ' + (words['tone' + key] || 'wait'), words['word' + key] || d.verdict),
      make('span', 'name', d.path));
    list.prepend(row);
    tell(d.done, d.of_all);
  });
  /* The whole page, with the tree of files, once it is done. */
  source.addEventListener('version', function (e) {
    var d = about(e);
    if (d && d.state !== 'verifying') { source.close(); location.reload(); }
  });
}

/* ---- certificates being signed: an element with data-poll, asked once a second ---- */
function poll(box) {
  var words = box.dataset, bar = box.querySelector('progress'), said = box.querySelector('.said'), shown = -1;
  var again = document.getElementById('reload');
  if (again) again.hidden = true;
  function ask() {
    fetch(words.poll).then(function (r) { return r.json(); }).then(function (d) {
      if (d.state === 'done' || d.state === 'stopped') { location.reload(); return; }
      bar.max = d.count;
      bar.value = d.issued;
      if (Math.floor(10 * d.issued / d.count) !== shown) {
        shown = Math.floor(10 * d.issued / d.count);
        said.textContent = words.some.replace('{0}', d.issued).replace('{1}', d.count);
      }
      setTimeout(ask, 1000);
    }).catch(function () { setTimeout(ask, 5000); });
  }
  ask();
}

/* ---- a unit that is being scanned: an element with data-run ---- */
function watch(box) {
  var words = box.dataset, bar = box.querySelector('progress'), said = box.querySelector('.said');
  var list = box.querySelector('#arriving'), again = box.querySelector('#reload'), source;
  var rows = Object.create(null), hindi = document.documentElement.lang === 'hi';
  if (!window.EventSource) return;
  if (again) again.hidden = true;
  function tell(done, all) {
    if (!all) return;
    bar.max = all;
    bar.value = done;
    said.textContent = words.some.replace('{0}', done).replace('{1}', all);
  }
  function over(state) {
    if (state !== 'waiting' && state !== 'running') { source.close(); location.reload(); return true; }
    return false;
  }
  source = new EventSource(words.stream);
  /* What happened between the page and the stream. */
  source.addEventListener('open', function () {
    fetch(words.state).then(function (r) { return r.json(); }).then(function (d) {
      if (!over(d.state) && d.progress) tell(d.progress.done, d.progress.of_all);
    }).catch(function () {});
  });
  source.addEventListener('scan', function (e) {
    var d = JSON.parse(e.data);
    if (String(d.scan) !== words.run || over(d.state)) return;
    tell(d.done, d.of_all);
    if (!d.service) return;
    var row = make('li', 'one-line'), name = make('span', 'name', (hindi ? d.text_hi : d.text) || d.service);
    var end = d.result === 'accept' && d.expect === 'reject' ? 'wrong' : d.result;
    row.append(make('span', 'tag ' + (end === 'wrong' ? 'bad' : box.getAttribute('data-tone-' + end) || ''),
      box.getAttribute('data-word-' + end) || end), name);
    if (rows[d.service]) rows[d.service].remove(); /* a case is shown again: its last end counts */
    rows[d.service] = row;
    list.prepend(row);
  });
}

function start() {
  document.querySelectorAll('[data-poll]').forEach(poll);
  document.querySelectorAll('form[data-upload]').forEach(upload);
  document.querySelectorAll('[data-events]').forEach(follow);
  document.querySelectorAll('[data-run]').forEach(watch);
}
start();
})();
