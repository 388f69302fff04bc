/** Small webs by name: which key certifies which. Times are days after `start`; everything is judged on day 1000. */
import type { Ownertrust } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { readCertificate } from '../../../src/proof/openpgp/certificate/read-certificate.js';
import type { Validity } from '../../../src/proof/openpgp/web-of-trust/validity.js';
import { createWebOfTrust, type WebOfTrust } from '../../../src/proof/openpgp/web-of-trust/web-of-trust.js';
import { sourceOf } from '../../interop/gpg-web/compare.js';
import { writeWeb } from '../../interop/gpg-web/ring.js';
import type { Web, WebCertification, WebKey } from '../../interop/gpg-web/web.js';

export const day = 86_400;
export const start = 1_700_000_000;
export const today = start + 1000 * day;

export type SmallCertification = Partial<Omit<WebCertification, 'by' | 'at'>> & { readonly by: string; readonly on?: number };

export interface SmallKey {
  readonly trust?: Ownertrust;
  /** Certifications of the first user ID; a name stands for an ordinary certification on day 100. */
  readonly by?: readonly (string | SmallCertification)[];
  readonly email?: string;
  readonly revokedOn?: number;
  /** Reason: default 0, none stated; 1 superseded, 2 compromised, 3 retired. */
  readonly reason?: number;
  readonly expiresOn?: number;
  readonly userIdRevokedOn?: number;
  readonly userIdExpiresOn?: number;
  readonly missing?: boolean;
  /** Second user ID, with its own certifications. */
  readonly also?: { readonly email: string; readonly by: readonly (string | SmallCertification)[] };
}

export interface SmallWeb {
  readonly web: WebOfTrust;
  readonly spec: Web;
  readonly fingerprint: (name: string) => string;
  /** `me u, ann f, …`: the validity of each key of the web, as its letter. */
  readonly validities: () => Promise<Readonly<Record<string, Validity | 'invalid'>>>;
}

export function specOf(keys: Readonly<Record<string, SmallKey>>): Web {
  const names = Object.keys(keys);
  const certify = (certification: string | SmallCertification): WebCertification => {
    const { by, on = 100, ...rest } = typeof certification === 'string' ? { by: certification } : certification;
    return { revokes: false, type: 0x10, hash: 'sha256', ...rest, by: names.indexOf(by), at: start + on * day };
  };
  const specs = Object.entries(keys).map(([name, key]): WebKey => ({
    name,
    createdAt: start,
    ownertrust: key.trust ?? 'unknown',
    ...(key.expiresOn === undefined ? {} : { expiresIn: key.expiresOn * day }),
    ...(key.revokedOn === undefined ? {} : { revoked: { at: start + key.revokedOn * day, reason: key.reason ?? 0 } }),
    ...(key.missing === undefined ? {} : { missing: key.missing }),
    userIds: [
      {
        text: `${name} <${key.email ?? `${name}@example.com`}>`,
        at: start,
        hash: 'sha256',
        ...(key.userIdRevokedOn === undefined ? {} : { revokedAt: start + key.userIdRevokedOn * day }),
        ...(key.userIdExpiresOn === undefined ? {} : { expiresIn: key.userIdExpiresOn * day }),
        certifications: (key.by ?? []).map(certify),
      },
      ...(key.also === undefined
        ? []
        : [{ text: `${name} <${key.also.email}>`, at: start, hash: 'sha256' as const, certifications: key.also.by.map(certify) }]),
    ],
  }));
  return { seed: 1, keys: specs, at: [today], limits: {} };
}

export function smallWeb(keys: Readonly<Record<string, SmallKey>>, limits: Web['limits'] = {}): SmallWeb {
  const spec = specOf(keys);
  const written = writeWeb(spec);
  const web = createWebOfTrust({ source: sourceOf(spec, written), readCertificate, atMs: today * 1000, ...limits });
  const names = Object.keys(keys);
  return {
    web,
    spec,
    fingerprint: (name) => written.keys[names.indexOf(name)]?.fingerprint ?? '',
    async validities() {
      const entries = await Promise.all(
        names.map(async (name, index) => [name, (await web.validity(written.keys[index]?.fingerprint ?? ''))?.key] as const),
      );
      return Object.fromEntries(entries.flatMap(([name, key]) => (key === undefined ? [] : [[name, key] as const])));
    },
  };
}
