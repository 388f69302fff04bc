/** Derives the proof that files need from the settings in effect. */
import { ClojarsFetchError } from '../../base/error.js';
import { createMirror, type RepositoryContext } from '../../network/mirrors/mirror-list.js';
import { settingOf } from '../../network/mirrors/repository-url.js';
import { compareLevels } from '../../proof/level.js';
import type { AuditSource, EffectiveTrust } from './configuration.js';
import { parseDate } from './option-readers.js';
import type { Given, Settled } from './settings-table.js';
import type { SourceRecord } from './sources.js';

/** @throws {ClojarsFetchError} `ERR_CONFIG`: a signature store or an audit with a bad URL, or plain http. */
export function effectiveTrust(settled: Settled, { options, file, env }: Given, record: SourceRecord): EffectiveTrust {
  const weakUntil = settled['trust.weakUntil'];
  const trust: EffectiveTrust = {
    level: settled['trust.level'],
    checksums: settled['trust.checksums'],
    quorum: settled['trust.quorum'],
    acceptMirrorChecksums: settled['trust.acceptMirrorChecksums'],
    compareRepositories: settled['trust.compareRepositories'],
    trustedChecksums: settled['trust.trustedChecksums'],
    signatures: settled['trust.signatures'],
    model: settled['trust.model'],
    keyrings: settled['trust.keyrings'],
    weak: settled['trust.weak'],
    weakUntilMs: weakUntil === null ? null : parseDate(weakUntil),
    webOfTrust: {
      completes: settled['trust.webOfTrust.completes'],
      marginals: settled['trust.webOfTrust.marginals'],
      depth: settled['trust.webOfTrust.depth'],
    },
    keyMaps: settled['trust.keyMaps'],
    signatureStores: createStores(settled, { allowHttp: settled.allowHttp, env }),
    acceptSigners: settled['trust.acceptSigners'],
    rules: settled['trust.rules'],
    audits: createAudits(settled, { allowHttp: settled.allowHttp, env }),
  };
  return withQuorum(record, options.trust?.quorum ?? file.trust?.quorum, trust);
}

/** Signature stores are asked like untrusted mirrors. */
function createStores(settled: Settled, context: RepositoryContext): EffectiveTrust['signatureStores'] {
  return settled['trust.signatureStores'].map(({ url, from }, index) =>
    createMirror({ url, trusted: false }, { ...context, where: `${from}: trust.signatureStores[${index}]` }),
  );
}

const dayMs = 86_400_000;

function createAudits(settled: Settled, context: RepositoryContext): readonly AuditSource[] {
  return settled['trust.audits'].map(({ audit, where }) => {
    const { operator, key, maxAgeDays = 7 } = audit;
    const { folder, name } = splitNoteUrl(audit.url, where);
    const mirror = createMirror({ url: folder, operator, trusted: false }, { ...context, where });
    return { folder: mirror, name, operator, key, maxAgeMs: maxAgeDays * dayMs, where };
  });
}

/** Splits the URL before its last name. The query of a bucket's URL belongs to the bucket. */
function splitNoteUrl(url: string, where: string): { readonly folder: string; readonly name: string } {
  const [, folder = '', encoded = '', query = ''] = /^([^?#]*\/)([^/?#]+)(\?[^#]*)?$/.exec(url) ?? [];
  const name = decodeName(encoded);
  if (name !== null) return { folder: folder + query, name };
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${where}.url must be the URL or the file of a note`,
    setting: settingOf(`${where}.url`),
    hint: 'Write the URL of the note that the maker of the audit publishes, such as https://audits.example.org/audit.note.',
  });
}

function decodeName(encoded: string): string | null {
  try {
    const name = decodeURIComponent(encoded);
    return /^[^/\\\p{Cc}]+$/u.test(name) && name !== '.' && name !== '..' ? name : null;
  } catch {
    return null;
  }
}

/**
 * Checks the keys of audits: a wrong one would silently take a witness away.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`.
 */
export async function verifyAuditKeys(audits: readonly AuditSource[]): Promise<void> {
  if (audits.length === 0) return;
  const { parseVerifierKey } = await import('../../proof/note/note-key.js');
  for (const { key, where } of audits) {
    if (parseVerifierKey(key) !== null) continue;
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${where}.key: not an Ed25519 key, or one of its characters is wrong`,
      setting: settingOf(`${where}.key`),
      hint: 'Copy the whole key, NAME+ID+BASE64, as the maker of the audit publishes it.',
    });
  }
}

/** A configured quorum is a minimum for every file; the built-in number applies only where the policy asks for a quorum. */
function withQuorum(record: SourceRecord, configured: number | undefined, trust: EffectiveTrust): EffectiveTrust {
  if (configured === undefined || (trust.level !== null && compareLevels(trust.level, 'quorum') >= 0)) return trust;
  record.note('trust.level', 'quorum', 'trust.quorum');
  return { ...trust, level: 'quorum' };
}
