/**
 * Runs the corpus's own comparison over every case of tools.deps, and fails on each difference that docs/conformance.md
 * does not name.
 *
 *   node test/conformance/compare-tools-deps.mjs BUILT ANSWERS CORPUS
 *
 * BUILT is a built checkout, ANSWERS the folder of compare.mjs, CORPUS that of repo.tar.gz.
 *
 * compare.mjs takes the libraries and the class path from one list. Libraries that are not jars have a place only in the
 * first, so it runs once for each: over the libraries with their files, and over the class path, as they were resolved for the
 * first. As it downloads nothing, the repository's rule for jars (tools-deps-view.mjs) stands for the download. Two processes share
 * the cases.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const [built, answers, corpus] = process.argv.slice(2).map((path) => resolve(path));
if (corpus === undefined) {
  process.stderr.write('usage: node test/conformance/compare-tools-deps.mjs BUILT ANSWERS CORPUS\n');
  process.exit(2);
}
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'compare-tools-deps-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const named = exceptionsIn(readFileSync(here('../../docs/conformance.md'), 'utf8'));
const repository = unpackedRepository();
const failures = new Map();
const cases = join(answers, 'toolsdeps.jsonl.gz');
const views = { libraries: 'libs,files', 'class-path': 'order' };
await Promise.all(
  halvesOf(cases).map(async (kinds, half) => {
    for (const [view, what] of Object.entries(views)) noteFailures(view, await compare(view, what, { kinds, half }));
  }),
);
const unnamed = [...failures].filter(([id]) => !named.has(id));
const agreeing = [...named].filter((id) => !failures.has(id));
for (const [id, why] of unnamed) process.stdout.write(`${id} differs: ${why}\n`);
for (const id of agreeing) process.stdout.write(`${id} agrees, but docs/conformance.md names it as a difference\n`);
process.stdout.write(`${failures.size} differ, of which docs/conformance.md names ${failures.size - unnamed.length}\n`);
process.exitCode = unnamed.length + agreeing.length === 0 ? 0 : 1;

/** Divides the kinds of cases into two groups with about as many cases. */
function halvesOf(file) {
  const counts = new Map();
  for (const line of gunzipSync(readFileSync(file)).toString().trim().split('\n')) {
    const { kind } = JSON.parse(line);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const halves = [
    { kinds: [], cases: 0 },
    { kinds: [], cases: 0 },
  ];
  for (const [kind, count] of [...counts].sort(([, one], [, other]) => other - one)) {
    const smaller = halves[0].cases <= halves[1].cases ? halves[0] : halves[1];
    smaller.kinds.push(kind);
    smaller.cases += count;
  }
  return halves.map(({ kinds }) => kinds);
}

function noteFailures(view, verdicts) {
  for (const { id, diff, want, got } of verdicts) {
    if (diff.length > 0)
      failures.set(
        id,
        `${view}: ${JSON.stringify(diff).slice(0, 600)}${want === undefined ? '' : `; tools.deps: ${want}`}${got === undefined ? '' : `; we: ${got}`}`,
      );
  }
}

/** Runs compare.mjs over a package with one view of our answers, and returns its verdict on each case. */
async function compare(view, what, { kinds, half }) {
  const folder = join(scratch, `${view}-${half}`);
  const log = join(scratch, `${view}-${half}.jsonl`);
  const answered = join(scratch, `answered-${half}`);
  mkdirSync(folder);
  mkdirSync(answered, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports: { './project': './project.js' } }));
  copyFileSync(here('tools-deps-view.mjs'), join(folder, 'project.js'));
  const env = { ...process.env, BUILT: built, VIEW: view, ANSWERED: answered, WHAT: what, LOG: log, KIND: kinds.join(',') };
  const [status] = await once(
    spawn(process.execPath, [join(answers, 'compare.mjs'), folder, cases, repository], { env, stdio: 'inherit' }),
    'exit',
  );
  // 1: some cases differ.
  if (status !== 0 && status !== 1) throw new Error(`compare.mjs ended with ${status}`);
  return readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The ids in the table of cases that do not agree, of the rows about tools.deps. */
function exceptionsIn(page) {
  const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('(tools.deps)'));
  return new Set(rows.flatMap((row) => [...row.split('|')[1].matchAll(/`(\w+)`/g)].map(([, id]) => id)));
}

/** compare.mjs reads a folder. */
function unpackedRepository() {
  if (!existsSync(join(corpus, 'repo.tar.gz'))) return corpus;
  const folder = join(scratch, 'repository');
  mkdirSync(folder);
  execFileSync('tar', ['xzf', join(corpus, 'repo.tar.gz'), '-C', folder, '--strip-components=1']);
  return folder;
}
