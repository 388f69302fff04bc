/** A report with one file of each kind, and with what a hostile name, key or server may put into it. */
import type { VerifyReport } from '../../src/app/verify/report/report.js';

const fingerprint = '8B5AE10D3E4F1C6A9B2D7E5F0A1B2C3D4E5F6071';
const witnesses = [
  { operator: 'clojars', mirror: 'https://repo.clojars.org/', algorithm: 'sha1' as const, value: 'b'.repeat(40), agrees: true },
];

export const report: VerifyReport = {
  files: [
    {
      path: '/home/ada/.m2/repository/hiccup/hiccup/1.0.5/hiccup-1.0.5.jar',
      coordinate: 'hiccup:hiccup:1.0.5',
      repository: 'clojars',
      size: 8391,
      sha256: 'a'.repeat(64),
      status: 'ok',
      verification: { level: 'origin', proofs: ['origin:sha1', 'local'], checksum: null, signature: null, witnesses },
      why: 'https://repo.clojars.org/ publishes the same checksum; as it was first seen, at origin from clojars',
      warnings: [],
      error: null,
    },
    {
      path: '/home/ada/.m2/repository/org/lib/2.0/lib-2.0.pom',
      coordinate: 'org:lib:pom:2.0',
      repository: null,
      size: 700,
      sha256: 'c'.repeat(64),
      status: 'warning',
      verification: {
        level: 'local',
        proofs: ['local'],
        checksum: null,
        signature: {
          status: 'unknown-key',
          fingerprint: null,
          signingKey: null,
          userId: null,
          signedAt: null,
          sentence: 'signed by a key that is in none of the keyrings',
        },
        witnesses: [],
      },
      why: 'no checksum is published for it, and nothing says where it came from',
      warnings: ['org:lib:pom:2.0: signed by a key that is in none of the keyrings'],
      error: null,
    },
    {
      path: '/home/ada/downloads/tool.jar',
      coordinate: null,
      repository: null,
      size: 20,
      sha256: 'd'.repeat(64),
      status: 'ok',
      verification: {
        level: 'signed',
        proofs: [`signed:${fingerprint}`],
        checksum: null,
        signature: {
          status: 'good',
          fingerprint,
          signingKey: fingerprint,
          userId: 'Grace Hopper <grace@example.org>',
          signedAt: '2024-01-02T03:04:05.000Z',
          sentence: 'Signed by Grace Hopper.',
        },
        witnesses: [],
      },
      why: 'Signed by Grace Hopper.',
      warnings: [],
      error: null,
    },
    {
      path: '/home/ada/.m2/repository/org/lib/2.0/lib-2.0.jar',
      coordinate: 'org:lib:2.0',
      repository: 'clojars',
      size: null,
      sha256: null,
      status: 'failed',
      verification: { level: 'none', proofs: [], checksum: null, signature: null, witnesses: [] },
      why: '/home/ada/.m2/repository/org/lib/2.0/lib-2.0.jar: the canonical checksum of https://repo.clojars.org/ says sha1 00, the file has 11',
      warnings: [],
      error: {
        code: 'ERR_CHECKSUM',
        reason: 'mismatch',
        message: 'the canonical checksum of https://repo.clojars.org/ says sha1 00, the file has 11',
        finding: 'the canonical checksum of https://repo.clojars.org/ says sha1 00, the file has 11',
        hint: 'Another tool put the file there; it is not overwritten. Delete it to have it fetched again.',
      },
    },
  ],
  warnings: ['a link that leads out of the local repository or nowhere was not followed: org/out'],
  ignored: 7,
};

const evil =
  '"><script>document.title = "pwned"</script><img src=x onerror="document.title=\'pwned\'">\u001b]0;pwned\u0007\u202egpj.exe&amp;`${1}`\'</td>';

/** Every text of it is an attack on a terminal or a page. */
export const hostileReport: VerifyReport = {
  files: [
    {
      path: `/tmp/${evil}`,
      coordinate: evil,
      repository: evil,
      size: 1,
      sha256: 'e'.repeat(64),
      status: 'warning',
      verification: {
        level: 'signed',
        proofs: [evil],
        checksum: null,
        signature: { status: 'untrusted', fingerprint: evil, signingKey: evil, userId: evil, signedAt: evil, sentence: evil },
        witnesses: [],
      },
      why: evil,
      warnings: [evil],
      error: null,
    },
    {
      path: evil,
      coordinate: null,
      repository: null,
      size: null,
      sha256: null,
      status: 'failed',
      verification: { level: 'none', proofs: [], checksum: null, signature: null, witnesses: [] },
      why: evil,
      warnings: [],
      error: { code: 'ERR_CHECKSUM', reason: evil, message: evil, hint: evil },
    },
  ],
  warnings: [evil],
  ignored: 0,
};
