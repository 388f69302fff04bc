import * as tls from 'node:tls';

import { readRegularFile } from '../../../base/disk/regular-file.js';

const authoritiesMaxBytes = 16 << 20;

/**
 * Trusts the usual authorities and the given ones. If any is given, Node no longer reads NODE_EXTRA_CA_CERTS, so it is read
 * here; without waiting if it is a pipe.
 */
export function createSecureContext(ca: string | readonly string[] | undefined): tls.SecureContext {
  if (ca === undefined || ca.length === 0) return tls.createSecureContext();
  const extraFile = process.env['NODE_EXTRA_CA_CERTS'];
  let extra: string[] = [];
  try {
    if (extraFile) extra = [readRegularFile(extraFile, authoritiesMaxBytes).toString('utf8')];
  } catch {
    // Node itself only warns about this file.
  }
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...extra, ...(typeof ca === 'string' ? [ca] : ca)] });
}
