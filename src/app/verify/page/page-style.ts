/** Style and script of the page, as constants: the page's Content-Security-Policy names them by digest. */

export const pageStyle = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --head: #f6f8fa; --ok: #1a6b2f; --warn: #7a4d00; --bad: #b3151f; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --text: #e6edf3; --soft: #9aa5b1; --line: #30363d; --head: #171c23; --ok: #5fd07f; --warn: #e0ae4a; --bad: #ff8b85; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 96rem; padding: 1.5rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 1rem 0 0; font-size: 1rem; }
.notes { margin: .25rem 0; padding-left: 1.25rem; }
p { margin: .25rem 0; }
.made { color: var(--soft); }
.summary { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 1rem 0; padding: 0; list-style: none; font-size: 1.125rem; }
fieldset { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; margin: 1rem 0; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .375rem; }
legend { padding: 0 .25rem; color: var(--soft); }
input[type=search] { flex: 1 1 14rem; min-width: 0; padding: .375rem .5rem; border: 1px solid var(--line); border-radius: .25rem; background: var(--back); color: inherit; font: inherit; }
input:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
caption { padding: .25rem 0; text-align: left; color: var(--soft); }
th, td { padding: .5rem .625rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: var(--head); white-space: nowrap; }
tbody th { font-weight: 600; min-width: 14rem; }
.path, code { font: .8125rem/1.5 ui-monospace, monospace; font-weight: 400; color: var(--soft); }
.path { display: block; }
.level, .state { white-space: nowrap; }
.state { font-weight: 600; }
.why { min-width: 20rem; }
.fingerprint { color: inherit; }
.ok .state, .summary .ok { color: var(--ok); }
.warning .state, .summary .warning { color: var(--warn); }
.failed .state, .summary .failed { color: var(--bad); }
td ul { margin: .25rem 0 0; padding-left: 1.1rem; }
.hint { color: var(--soft); }
.none { color: var(--soft); }
body:has(#only-failed:checked) tbody tr:not(.failed), body:has(#only-warning:checked) tbody tr:not(.warning), body:has(#only-ok:checked) tbody tr:not(.ok), tr.other { display: none; }
@media (max-width: 48rem) {
  body { padding: 1rem; }
  table, caption, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: .75rem 0; border-bottom: 1px solid var(--line); }
  th, td { padding: .125rem 0; border: 0; }
  .why { min-width: 0; }
  tbody th { padding-bottom: .375rem; }
  td::before { font-weight: 400; content: attr(data-label) ": "; color: var(--soft); }
}
@media print { fieldset { display: none; } thead th { position: static; } }
`;

/** Filters the rows by text. The page is complete without it, and the choice by state needs no script. */
export const pageScript = `
(function () {
  var field = document.getElementById('words');
  var rows = Array.prototype.slice.call(document.querySelectorAll('tbody tr'));
  var shown = document.getElementById('shown');
  field.parentElement.hidden = false;
  field.addEventListener('input', function () {
    var words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    var count = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var fits = words.every(function (word) { return text.indexOf(word) !== -1; });
      row.classList.toggle('other', !fits);
      if (fits) count += 1;
    });
    shown.textContent = words.length === 0 ? '' : count + ' with these words';
  });
})();
`;
