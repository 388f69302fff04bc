import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';

/** Trusts the usual authorities and those given. Naming any makes Node forget NODE_EXTRA_CA_CERTS, so it is read here. */
export function createSecureContext(ca: string | readonly string[] | undefined): tls.SecureContext {
  if (ca === undefined || ca.length === 0) return tls.createSecureContext();
  const extraFile = process.env['NODE_EXTRA_CA_CERTS'];
  let extra: string[] = [];
  try {
    if (extraFile) extra = [readFileSync(extraFile, 'utf8')];
  } catch {
    // Node itself only warns about this file.
  }
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...extra, ...(typeof ca === 'string' ? [ca] : ca)] });
}
