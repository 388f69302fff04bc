/** The style of the page, as a constant: the page's Content-Security-Policy names it by digest. */

export const pageStyle = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --head: #f6f8fa; --lie: #b3151f; --gap: #8a4b00; --lag: #7a5c00; --extra: #3d4fa8; --upstream: #6b2f8f; --unknown: #57606a; --s0: #1f6feb; --s1: #b35900; --s2: #1a7f37; --s3: #a0287a; --s4: #007a80; --s5: #6e4fc4; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --text: #e6edf3; --soft: #9aa5b1; --line: #30363d; --head: #171c23; --lie: #ff8b85; --gap: #f0a35e; --lag: #e0c34a; --extra: #94a6ff; --upstream: #d39cf5; --unknown: #9aa5b1; --s0: #6cabff; --s1: #f0a35e; --s2: #5fd07f; --s3: #f08ac8; --s4: #4cc9cf; --s5: #b7a0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 96rem; padding: 1.5rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 2rem 0 .5rem; font-size: 1.125rem; }
p { margin: .25rem 0; }
.made, .none, .hint { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .125rem 1rem; margin: .75rem 0; }
dt { color: var(--soft); }
dd { margin: 0; }
.verdict { font-size: 1.125rem; font-weight: 600; }
svg { display: block; width: 100%; max-width: 60rem; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: var(--text); }
svg .none { fill: var(--soft); }
.grid { stroke: var(--line); }
.series { fill: none; stroke-width: 2; }
circle.lie { fill: var(--lie); } circle.gap { fill: var(--gap); } circle.lag { fill: var(--lag); } circle.extra { fill: var(--extra); } circle.upstream { fill: var(--upstream); } circle.unknown { fill: var(--unknown); }
.series.s0 { stroke: var(--s0); } .series.s1 { stroke: var(--s1); } .series.s2 { stroke: var(--s2); } .series.s3 { stroke: var(--s3); } .series.s4 { stroke: var(--s4); } .series.s5 { stroke: var(--s5); }
.end.s0 { fill: var(--s0); } .end.s1 { fill: var(--s1); } .end.s2 { fill: var(--s2); } .end.s3 { fill: var(--s3); } .end.s4 { fill: var(--s4); } .end.s5 { fill: var(--s5); }
fieldset { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin: 1rem 0; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .375rem; }
legend { padding: 0 .25rem; color: var(--soft); }
.wide { overflow-x: auto; }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
caption { padding: .25rem 0; text-align: left; color: var(--soft); }
th, td { padding: .375rem .625rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { background: var(--head); white-space: nowrap; }
tbody th { font: 600 .8125rem/1.5 ui-monospace, monospace; min-width: 14rem; }
#places, #hours { width: auto; }
#places tbody th, #hours tbody th { font: 600 1rem/1.5 system-ui, sans-serif; }
#places thead th:not(:first-child), #hours thead th:nth-child(n+3) { text-align: right; }
td.none { color: var(--soft); }
#findings tbody th + td, #appeared tbody th + td, #gone tbody th + td, #findings td:last-child { min-width: 9rem; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.kind { white-space: nowrap; font-weight: 600; }
.lie .kind, .verdict.lie { color: var(--lie); } .gap .kind { color: var(--gap); } .lag .kind { color: var(--lag); } .extra .kind { color: var(--extra); } .upstream .kind { color: var(--upstream); } .unknown .kind { color: var(--unknown); }
.facts { font: .8125rem/1.5 ui-monospace, monospace; min-width: 14.5rem; }
body:has(#only-lie:checked) #findings tbody tr:not(.lie), body:has(#only-gap:checked) #findings tbody tr:not(.gap), body:has(#only-lag:checked) #findings tbody tr:not(.lag), body:has(#only-extra:checked) #findings tbody tr:not(.extra), body:has(#only-upstream:checked) #findings tbody tr:not(.upstream), body:has(#only-unknown:checked) #findings tbody tr:not(.unknown) { display: none; }
@media (max-width: 48rem) { body { padding: 1rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .375rem; } }
@media print { fieldset { display: none; } }
`;
