/** The signature options in effect, from all their sources. */
import { createMirror, type RepositoryContext } from '../../network/mirrors/mirror-list.js';
import { redactUrl } from '../../network/mirrors/repository-url.js';
import type { SignatureMode, TrustModelName, WeakPolicy } from '../../proof/signature-policy.js';
import type { TrustOptions, WebOfTrustOptions } from './client-options.js';
import type { EffectiveTrust } from './configuration.js';
import { storeUrl } from './configuration-file.js';
import { type EnvironmentOptions, environmentVariables as variables } from './environment.js';
import { parseDate } from './option-readers.js';
import type { SourceRecord } from './sources.js';

export interface SignatureSources {
  readonly options: TrustOptions | undefined;
  readonly file: TrustOptions | undefined;
  readonly environment: EnvironmentOptions;
  readonly record: SourceRecord;
  readonly absolute: (path: string) => string;
  readonly fromOptions: string;
  readonly fromFile: string;
  readonly context: RepositoryContext;
}

type EffectiveSignatures = Pick<
  EffectiveTrust,
  'signatures' | 'model' | 'keyrings' | 'weak' | 'weakUntilMs' | 'webOfTrust' | 'keyMaps' | 'signatureStores' | 'acceptSigners'
>;

/**
 * Keyrings are replaced by a stronger source, key maps and signature stores add up.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: a signature store with a bad URL, or plain http.
 */
export function effectiveSignatures({
  options,
  file,
  environment,
  record,
  absolute,
  fromOptions,
  fromFile,
  context,
}: SignatureSources): EffectiveSignatures {
  const keyMaps = record.gather<string>('trust.keyMaps', [
    [fromOptions, options?.keyMaps?.map(absolute)],
    [fromFile, file?.keyMaps],
  ]);
  const stores = record.gather<{ readonly url: string; readonly from: string }>(
    'trust.signatureStores',
    [
      [fromOptions, options?.signatureStores?.map((store) => ({ url: storeUrl(store, absolute), from: fromOptions }))],
      [fromFile, file?.signatureStores?.map((url) => ({ url, from: fromFile }))],
    ],
    ({ url }) => redactUrl(url),
  );
  const weakUntil = record.choose<string | null>(
    'trust.weakUntil',
    [
      [fromOptions, options?.weakUntil],
      [fromFile, file?.weakUntil],
    ],
    null,
    (date) => date ?? 'no end',
  );
  const web = (name: keyof WebOfTrustOptions, standard: number): number =>
    record.choose<number>(
      `trust.webOfTrust.${name}`,
      [
        [fromOptions, options?.webOfTrust?.[name]],
        [fromFile, file?.webOfTrust?.[name]],
      ],
      standard,
    );
  return {
    signatures: record.choose<SignatureMode>(
      'trust.signatures',
      [
        [fromOptions, options?.signatures],
        [variables.signatures, environment.signatures],
        [fromFile, file?.signatures],
      ],
      'off',
    ),
    model: record.choose<TrustModelName>(
      'trust.model',
      [
        [fromOptions, options?.model],
        [variables.trustModel, environment.trustModel],
        [fromFile, file?.model],
      ],
      keyMaps.length > 0 ? 'key-map' : 'web-of-trust',
    ),
    keyrings: record.choose<readonly string[] | null>(
      'trust.keyrings',
      [
        [fromOptions, options?.keyrings?.map(absolute)],
        [variables.keyrings, environment.keyrings?.map(absolute)],
        [fromFile, file?.keyrings],
      ],
      null,
      (paths) => (paths === null ? "our own key store and GnuPG's home" : paths.join(', ') || 'none'),
    ),
    weak: record.choose<WeakPolicy>(
      'trust.weak',
      [
        [fromOptions, options?.weak],
        [fromFile, file?.weak],
      ],
      weakUntil === null ? 'warn' : 'accept',
    ),
    weakUntilMs: weakUntil === null ? null : parseDate(weakUntil),
    webOfTrust: { completes: web('completes', 1), marginals: web('marginals', 3), depth: web('depth', 5) },
    keyMaps,
    signatureStores: stores.map(({ url, from }, index) =>
      createMirror({ url, trusted: false }, { ...context, where: `${from}: trust.signatureStores[${index}]` }),
    ),
    acceptSigners: record.choose<Readonly<Record<string, string>>>(
      'trust.acceptSigners',
      [
        [fromOptions, options?.acceptSigners],
        [fromFile, file?.acceptSigners],
      ],
      {},
      (signers) =>
        Object.entries(signers)
          .map(([name, fingerprint]) => `${name}=${fingerprint}`)
          .join(', ') || 'none',
    ),
  };
}
