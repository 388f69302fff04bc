/** Signatures: checking many, a large keybox, and the cost of signatures and a quorum for a cold closure. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { behindDelay } from './closure.mjs';
import { fetchClosure } from './contenders.mjs';
import { checksAgainstOlder, contest, ratiosOf, timesTable } from './contest.mjs';
import { bundle, coordinatesOf, createCertificate, measure, prepareData, work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

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

async function benchChecking(runs, builds) {
  const gnupg = createGnupgHome();
  try {
    const folder = mkdtempSync(join(work, 'signed-'));
    const files = Array.from({ length: signatureCount }, (_, index) => join(folder, `${index}.jar`));
    for (const [index, file] of files.entries()) writeFileSync(file, Buffer.alloc(20_000, `${index} `));
    for (const [index, file] of files.entries())
      gpg(gnupg.home, ['--armor', '--local-user', index % 2 === 0 ? 'rsa@example.org' : 'edwards@example.org', '--detach-sign', file]);
    const keyring = join(folder, 'keys.pgp');
    writeFileSync(keyring, gpg(gnupg.home, ['--export']));
    const list = join(folder, 'list');
    writeFileSync(list, files.join('\n'));
    const perFile = (command) => measure('sh', ['-c', `while read -r f; do ${command} || exit 1; done < ${list}`]);
    // Each build has records of its own.
    const inputFor = (dist, at) => {
      const input = join(folder, `input-${at}.json`);
      writeFileSync(input, JSON.stringify({ dist, files, keyring, folder: join(folder, String(at)) }));
      return [dist, input];
    };
    const inputs = new Map([builds.dist, ...(builds.older === null ? [] : [builds.older])].map(inputFor));
    const results = await contest({
      runs,
      builds,
      others: {
        gpg: () => perFile(`gpg --homedir ${gnupg.home} --batch --quiet --trust-model always --verify "$f.asc" "$f" 2>/dev/null`),
        sqv: () => perFile(`sqv --keyring ${keyring} "$f.asc" "$f" >/dev/null`),
      },
      ours: { signatures: (dist) => measure(process.execPath, [script, inputs.get(dist)]) },
    });
    const rows = [
      { name: 'signatures', title: `clojars-fetch, ${signatureCount} files, one process` },
      { name: 'gpg', title: 'gpg --verify, one process per file', to: 'signatures', target: 'wall ≥ 8' },
      { name: 'sqv', title: 'sqv, one process per file', to: 'signatures', target: 'processor ≥ 2' },
    ];
    return {
      ...timesTable({ results, rows, builds, ratioTitle: ', ratio to clojars-fetch' }),
      checks: [
        {
          what: 'checking signatures: how much faster than gpg',
          value: median(ratiosOf(results, 'gpg', 'signatures', 'wallMs')),
          least: 8,
        },
        {
          what: 'checking signatures: processor time against sqv',
          value: median(ratiosOf(results, 'signatures', 'sqv', 'cpuMs')),
          most: 0.5,
        },
        ...checksAgainstOlder(results, 'checking'),
      ],
    };
  } finally {
    gnupg.close();
  }
}

/** The cost of signatures, and of a quorum of two operators, for a cold closure. */
export async function benchTrust(runs, builds) {
  const data = prepareData();
  const key = signClosure(data);
  const coordinates = coordinatesOf(data.files);
  // A witness counts over https only.
  const tls = createCertificate();
  const [plain, first, second] = [await behindDelay(data), await behindDelay(data, { tls }), await behindDelay(data, { tls })];
  const mirrors = [{ url: second.url, operator: 'second' }];
  const most = {};
  /** The requests of this build are counted at all servers. */
  const contender = (name, call) => async (dist) => {
    const requests = async () => (await Promise.all([plain, first, second].map(({ nginx }) => nginx.newRequests()))).flat().length;
    await requests();
    const run = await fetchClosure({ data, coordinates, dist, ...call });
    if (dist === builds.dist) most[name] = Math.max(most[name] ?? 0, await requests());
    return run;
  };
  const secure = { primary: first.url, mirrors, ca: tls.certificate };
  const calls = {
    checksums: { primary: plain.url },
    'if-present': { primary: plain.url, trust: { signatures: 'if-present', model: 'keyring', keyrings: [key] } },
    'two mirrors': secure,
    quorum: { ...secure, trust: { level: 'quorum', quorum: 2 } },
  };
  const results = await contest({
    runs,
    builds,
    ours: Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, contender(name, call)])),
  });
  const rows = [
    { name: 'checksums', title: 'checksums only' },
    { name: 'if-present', title: 'signatures if-present, every jar and POM signed (RSA 4096)', to: 'checksums', target: 'wall ≤ 1.25' },
    { name: 'two mirrors', title: 'a second mirror that is not asked, HTTP/2' },
    { name: 'quorum', title: 'quorum of 2, HTTP/2', to: 'two mirrors', target: 'wall ≤ 1.4' },
  ];
  return {
    title: `200 artifacts with their POMs, cold, round trip ${roundTripMs} ms: the cost of proofs`,
    ...timesTable({ results, rows, builds, ratioTitle: ', ratio' }),
    notes: [
      `Default connections (48). Largest number of requests in a run: ${rows.map(({ name, title }) => `${title} ${most[name]}`).join('; ')}.`,
    ],
    checks: [
      {
        what: 'a closure with signatures against one without',
        value: median(ratiosOf(results, 'if-present', 'checksums', 'wallMs')),
        most: 1.25,
      },
      {
        what: 'a closure with a quorum of 2 against one without',
        value: median(ratiosOf(results, 'quorum', 'two mirrors', 'wallMs')),
        most: 1.4,
      },
      ...checksAgainstOlder(results, 'proofs'),
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
    note: `Opening a keybox of ${keyboxKeys} keys and finding one key takes ${spread(times, 0)} ms (target: under 100), not counting the start of the process.`,
    check: { what: 'opening a large keybox and finding one key: ms', value: median(times), most: 100 },
  };
}

export async function benchSignatures(runs, builds) {
  const { checks, ...table } = await benchChecking(runs, builds);
  const keybox = await benchKeybox(runs * 3);
  return {
    title: `Checking ${signatureCount} signatures, half RSA 4096, half Ed25519, over files of 20 kB`,
    ...table,
    notes: [keybox.note],
    checks: [...checks, keybox.check],
  };
}
