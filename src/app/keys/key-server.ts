/** Builds the URLs at which keys are looked up: Web Key Directory (draft-koch-openpgp-webkey-service) and HKP key servers. */
import { createHash } from 'node:crypto';

import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { parseUrl } from '../../base/parse-url.js';
import { type Address, lowerAscii } from './address.js';
import { encodeZBase32 } from './z-base32.js';

/** This server checks that publishers own the addresses of their keys, and it cannot be flooded with certifications. */
export const defaultKeyServer = 'https://keys.openpgp.org/';

/** Returns the two places of a Web Key Directory in the order to ask: its dedicated host, then the domain itself. */
export function webKeyDirectoryUrls({ local, domain }: Address): readonly [URL, URL] {
  const name = encodeZBase32(createHash('sha1').update(lowerAscii(local), 'utf8').digest());
  const query = `?l=${encodeURIComponent(local)}`;
  return [
    new URL(`https://openpgpkey.${domain}/.well-known/openpgpkey/${domain}/hu/${name}${query}`),
    new URL(`https://${domain}/.well-known/openpgpkey/hu/${name}${query}`),
  ];
}

/** Returns the URL for HKP's lookup (draft-gallagher-openpgp-hkp) of a fingerprint, key ID or address. */
export function keyServerUrl(server: URL, search: string): URL {
  const url = new URL('pks/lookup', server);
  url.search = `?op=get&options=mr&search=${encodeURIComponent(search)}`;
  return url;
}

/**
 * Parses a key server as the user names it: `https://…`, `hkps://…`, or a host alone.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`: reason `insecure-url` for a scheme without encryption, `bad-value` if it is not a URL
 */
export function parseKeyServer(text: string): URL {
  const shown = escapeForDisplay(text.replace(/\/\/[^/@]*@/, '//'), 100);
  const hint = `Give the URL of a key server, such as ${defaultKeyServer}.`;
  const spelled = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text.replace(/^hkps:/i, 'https:') : `https://${text}`;
  if (/^(?:http|hkp):/i.test(spelled)) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'insecure-url',
      message: `the key server '${shown}' was not asked: only https is supported`,
      hint,
    });
  }
  const url = /^https:/i.test(spelled) ? parseUrl(spelled) : null;
  if (url === null) {
    throw new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message: `'${shown}' is not a key server`, hint });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `the key server '${shown}' must not have a user, a query or a fragment`,
      hint,
    });
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
