/** Results as the library returns them, for the tests of documents and text. */
import { ClojarsFetchError } from '../../src/base/error.js';
import type { Diagnosis, MirrorStatus, ResolvedArtifact, VersionList } from '../../src/index.js';

export const artifact: ResolvedArtifact = {
  coordinate: 'hiccup:hiccup:jar:1.0.5',
  group: 'hiccup',
  artifact: 'hiccup',
  version: '1.0.5',
  extension: 'jar',
  classifier: '',
  path: '/home/ada/.m2/repository/hiccup/hiccup/1.0.5/hiccup-1.0.5.jar',
  size: 8391,
  sha256: 'a'.repeat(64),
  repository: 'clojars',
  mirror: 'https://mirror.example.org/clojars/',
  verification: {
    level: 'origin',
    proofs: ['origin:sha1', 'transport:sha1'],
    checksum: { algorithm: 'sha1', source: 'sidecar' },
    signature: null,
    witnesses: [{ operator: 'clojars', mirror: 'https://repo.clojars.org/', algorithm: 'sha1', value: 'b'.repeat(40), agrees: true }],
  },
};

export const localArtifact: ResolvedArtifact = {
  ...artifact,
  mirror: null,
  verification: { level: 'local', proofs: ['local'], checksum: null, signature: null, witnesses: [] },
};

export const versionList: VersionList = {
  group: 'hiccup',
  artifact: 'hiccup',
  versions: ['1.0.4', '1.0.5', '2.0.0-RC1'],
  release: '2.0.0-RC1',
  latest: '2.0.0-RC1',
  lastUpdated: '20231001120000',
  repositories: [{ repository: 'clojars', sources: [{ mirror: 'https://repo.clojars.org/', lastUpdated: '20231001120000' }] }],
  warnings: ['the metadata of clojars is older than the last one seen'],
};

export const mirrors: MirrorStatus[] = [
  {
    repository: 'clojars',
    url: 'https://repo.clojars.org/',
    operator: 'clojars',
    canonical: true,
    trusted: true,
    lastResort: false,
    priority: 0,
    circuit: 'open',
    openUntil: '2026-01-01T00:00:30.000Z',
    p95Ms: null,
    hoursBehind: null,
    stale: false,
    caughtBy: [],
  },
  {
    repository: 'clojars',
    url: 'https://mirrors.example.edu/clojars/',
    operator: 'example',
    canonical: false,
    trusted: false,
    lastResort: true,
    priority: 10,
    circuit: 'closed',
    openUntil: null,
    p95Ms: 181.4,
    hoursBehind: 52.5,
    stale: true,
    caughtBy: [{ operator: 'auditors', audit: 'https://audits.example.org/audit.note', until: '2026-01-01T00:00:00.000Z', lies: 2 }],
  },
];

export const diagnosis: Diagnosis = {
  node: 'v20.18.1',
  localRepository: '/home/ada/.m2/repository',
  sources: [{ key: 'timeoutMs', value: '30000', from: 'the option --timeout' }],
  checks: [
    { name: 'disk', status: 'ok', detail: '120 GiB free' },
    { name: 'dns', status: 'fail', detail: 'repo.clojars.org does not resolve', hint: 'check the resolver; the bucket has another name' },
  ],
  warnings: [],
};

export const failure = new ClojarsFetchError('ERR_UNREACHABLE', {
  reason: 'timeout',
  message: 'hiccup:hiccup:jar:1.0.5: no mirror of clojars delivered the file',
  hint: 'try again later, or add a mirror: --mirror clojars=URL',
  coordinate: 'hiccup:hiccup:jar:1.0.5',
  attempts: [
    { mirror: 'https://repo.clojars.org/', outcome: 'timeout', status: null, ms: 5003.4 },
    { mirror: 'https://mirror.example.org/clojars/', outcome: 'status', status: 503, ms: 41.2, detail: 'Service Unavailable' },
    {
      mirror: 'https://third.example.org/',
      outcome: 'checksum-mismatch',
      status: 200,
      ms: 80,
      path: 'hiccup/hiccup/1.0.5/hiccup-1.0.5.jar',
    },
  ],
});
