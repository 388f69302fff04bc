/** Signatures: checking many, a large keybox, and what they and a quorum add to a cold closure. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchClosure } from './contenders.mjs';
import { bundle, coordinatesOf, createCertificate, distFolder, measure, prepareData, startChaos, startNginx, work } from './lab.mjs';
import { median, ratios, spread } from './statistics.mjs';

const roundTripMs = 50;
const signatureCount = 1000;
const keyboxKeys = 10_000;
const script = join(dirname(fileURLToPath(import.meta.url)), 'verify-files.mjs');

function gpg(home, args, input) {
  const { status, stdout, stderr, error } = spawnSync(
    'gpg',
    ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
    { input, maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${error?.message ?? stderr.toString()}`);
  return stdout;
}

/** A home with one key of each kind that signs most artifacts today. Its agent ends with the benchmark. */
function createGnupgHome() {
  const home = mkdtempSync('/tmp/cf-bench-gpg-');
  for (const [name, algorithm] of [
    ['rsa', 'rsa4096'],
    ['edwards', 'ed25519'],
  ])
    gpg(home, ['--quick-gen-key', `${name} <${name}@example.org>`, algorithm, 'sign', 'never']);
  return {
    home,
    close() {
      spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Signs every file of the closure once; the signatures stay with the generated data. Returns the file of the public key. */
export function signClosure(data) {
  const key = join(data.folder, 'bench-signing-key.asc');
  const files = data.files.filter((file) => /\.(?:jar|pom)$/.test(file)).map((file) => join(data.repository, file));
  if (existsSync(key) && files.every((file) => existsSync(`${file}.asc`))) return key;
  const { home, close } = createGnupgHome();
  try {
    for (const file of files) gpg(home, ['--yes', '--armor', '--local-user', 'rsa@example.org', '--detach-sign', file]);
    writeFileSync(key, gpg(home, ['--armor', '--export', 'rsa@example.org']));
  } finally {
    close();
  }
  return key;
}

async function benchChecking(runs) {
  const gnupg = createGnupgHome();
  try {
    const folder = mkdtempSync(join(work, 'signed-'));
    const files = Array.from({ length: signatureCount }, (_, index) => join(folder, `${index}.jar`));
    for (const [index, file] of files.entries()) writeFileSync(file, Buffer.alloc(20_000, `${index} `));
    for (const [index, file] of files.entries())
      gpg(gnupg.home, ['--armor', '--local-user', index % 2 === 0 ? 'rsa@example.org' : 'edwards@example.org', '--detach-sign', file]);
    const keyring = join(folder, 'keys.pgp');
    writeFileSync(keyring, gpg(gnupg.home, ['--export']));
    const input = join(folder, 'input.json');
    writeFileSync(input, JSON.stringify({ dist: distFolder, files, keyring, folder }));
    const list = join(folder, 'list');
    writeFileSync(list, files.join('\n'));
    const perFile = (command) => measure('sh', ['-c', `while read -r f; do ${command} || exit 1; done < ${list}`]);
    const ours = [];
    const theirs = { gpg: [], sqv: [] };
    for (let run = 0; run < runs; run += 1) {
      ours.push(await measure(process.execPath, [script, input]));
      theirs.gpg.push(await perFile(`gpg --homedir ${gnupg.home} --batch --quiet --trust-model always --verify "$f.asc" "$f" 2>/dev/null`));
      theirs.sqv.push(await perFile(`sqv --keyring ${keyring} "$f.asc" "$f" >/dev/null`));
    }
    const of = (values, field) => values.map((value) => value[field]);
    const row = (name, values) => [
      name,
      `${spread(of(values, 'wallMs'), 0)} ms`,
      spread(ratios(of(values, 'wallMs'), of(ours, 'wallMs'))),
      `${spread(of(values, 'cpuMs'), 0)} ms`,
      spread(ratios(of(ours, 'cpuMs'), of(values, 'cpuMs'))),
    ];
    return {
      rows: [
        [
          `clojars-fetch, ${signatureCount} files, one process`,
          `${spread(of(ours, 'wallMs'), 0)} ms`,
          '1',
          `${spread(of(ours, 'cpuMs'), 0)} ms`,
          '1',
        ],
        row('gpg --verify, a process a file (target: 8 times as long)', theirs.gpg),
        row('sqv, a process a file (target: at most 0.5 of its processor time)', theirs.sqv),
      ],
      checks: [
        {
          what: 'checking signatures: how much faster than gpg',
          value: median(ratios(of(theirs.gpg, 'wallMs'), of(ours, 'wallMs'))),
          least: 8,
        },
        {
          what: 'checking signatures: processor time against sqv',
          value: median(ratios(of(ours, 'cpuMs'), of(theirs.sqv, 'cpuMs'))),
          most: 0.5,
        },
      ],
    };
  } finally {
    gnupg.close();
  }
}

/** What signatures, and a quorum of two operators, add to a cold closure. */
async function benchClosure(runs) {
  const data = prepareData();
  const key = signClosure(data);
  const coordinates = coordinatesOf(data.files);
  const behindDelay = async (tls = null) => {
    const nginx = await startNginx(data.repository, { tls });
    const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
    return { nginx, url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${delay.port}` };
  };
  // A witness counts over https only.
  const tls = createCertificate();
  const [plain, first, second] = [await behindDelay(), await behindDelay(tls), await behindDelay(tls)];
  const walls = { plain: [], signed: [], two: [], quorum: [] };
  const requests = { signed: 0, quorum: 0 };
  const mirrors = [{ url: second.url, operator: 'second' }];
  for (let run = 0; run < runs; run += 1) {
    walls.plain.push((await fetchClosure({ data, coordinates, primary: plain.url })).wallMs);
    await plain.nginx.newRequests();
    walls.signed.push(
      (
        await fetchClosure({
          data,
          coordinates,
          primary: plain.url,
          trust: { signatures: 'if-present', model: 'keyring', keyrings: [key] },
        })
      ).wallMs,
    );
    requests.signed = Math.max(requests.signed, (await plain.nginx.newRequests()).length);
    walls.two.push((await fetchClosure({ data, coordinates, primary: first.url, mirrors, ca: tls.certificate })).wallMs);
    await Promise.all([first, second].map(({ nginx }) => nginx.newRequests()));
    walls.quorum.push(
      (await fetchClosure({ data, coordinates, primary: first.url, mirrors, ca: tls.certificate, trust: { level: 'quorum', quorum: 2 } }))
        .wallMs,
    );
    requests.quorum = Math.max(requests.quorum, (await Promise.all([first, second].map(({ nginx }) => nginx.newRequests()))).flat().length);
  }
  const row = (name, values, baseline, target, count) => [
    name,
    `${spread(values, 0)} ms`,
    spread(ratios(values, baseline)),
    target,
    String(count),
  ];
  return {
    rows: [
      ['checksums only', `${spread(walls.plain, 0)} ms`, '1', '', String(data.files.length)],
      row('signatures if-present, every jar and POM signed (RSA 4096)', walls.signed, walls.plain, '≤ 1.35', requests.signed),
      ['a second mirror, not asked, HTTP/2', `${spread(walls.two, 0)} ms`, '1', '', ''],
      row('quorum of 2, HTTP/2', walls.quorum, walls.two, '≤ 1.4', requests.quorum),
    ],
    checks: [
      { what: 'a closure with signatures against one without', value: median(ratios(walls.signed, walls.plain)), most: 1.35 },
      { what: 'a closure with a quorum of 2 against one without', value: median(ratios(walls.quorum, walls.two)), most: 1.4 },
    ],
  };
}

/** Opening a large keybox and finding one key. */
async function benchKeybox(runs) {
  const script = await bundle('large-keybox');
  const file = join(work, 'large.kbx');
  const { stdout: fingerprint } = await measure(process.execPath, [script, 'make', file, String(keyboxKeys)]);
  const times = [];
  for (let run = 0; run < runs; run += 1)
    times.push(JSON.parse((await measure(process.execPath, [script, 'find', file, fingerprint])).stdout).ms);
  return {
    note: `A keybox of ${keyboxKeys} keys, opened, and one key found: ${spread(times, 0)} ms (target: under 100), in a process that has started.`,
    check: { what: 'opening a large keybox and finding one key: ms', value: median(times), most: 100 },
  };
}

export async function benchSignatures(runs) {
  const { rows, checks } = await benchChecking(runs);
  const keybox = await benchKeybox(runs * 3);
  return {
    title: `Checking ${signatureCount} signatures, half RSA 4096, half Ed25519, over files of 20 kB`,
    head: ['Process', 'Wall time', 'Times ours', 'Processor time', 'Ours is of it'],
    rows,
    notes: [keybox.note],
    checks: [...checks, keybox.check],
  };
}

export async function benchTrust(runs) {
  const { rows, checks } = await benchClosure(runs);
  return {
    title: `200 artifacts with their POMs, cold, round trip ${roundTripMs} ms: what proofs cost`,
    head: ['Demanded', 'Wall time', 'Ratio', 'Target', 'Requests'],
    rows,
    notes: ['Default connections (48).'],
    checks,
  };
}
