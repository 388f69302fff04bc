/** Derives the proof that files need from the settings in effect. */
import { createMirror, type RepositoryContext } from '../../network/mirrors/mirror-list.js';
import { compareLevels } from '../../proof/level.js';
import type { EffectiveTrust } from './configuration.js';
import { parseDate } from './option-readers.js';
import type { Given, Settled } from './settings-table.js';
import type { SourceRecord } from './sources.js';

/** @throws {ClojarsFetchError} `ERR_CONFIG`: a signature store with a bad URL, or plain http. */
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
  };
  return withQuorum(record, options.trust?.quorum ?? file.trust?.quorum, trust);
}

/** Signature stores are asked like untrusted mirrors. */
function createStores(settled: Settled, context: RepositoryContext): EffectiveTrust['signatureStores'] {
  return settled['trust.signatureStores'].map(({ url, from }, index) =>
    createMirror({ url, trusted: false }, { ...context, where: `${from}: trust.signatureStores[${index}]` }),
  );
}

/** A configured quorum is a minimum for every file; the built-in number applies only where the policy asks for a quorum. */
function withQuorum(record: SourceRecord, configured: number | undefined, trust: EffectiveTrust): EffectiveTrust {
  if (configured === undefined || (trust.level !== null && compareLevels(trust.level, 'quorum') >= 0)) return trust;
  record.note('trust.level', 'quorum', 'trust.quorum');
  return { ...trust, level: 'quorum' };
}
