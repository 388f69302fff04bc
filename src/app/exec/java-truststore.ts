/** Makes every JVM that the command starts trust the proxy's certificate. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { openTruststore, truststorePassword } from '../loopback-tls/truststore.js';

type Environment = Record<string, string | undefined>;

/**
 * Adds the truststore to JAVA_TOOL_OPTIONS, which every JVM reads.
 * @throws ClojarsFetchError `ERR_CONFIG`: the truststore cannot be made
 */
export async function trustCertificate(rootFile: string, env: Environment, warn: (message: string) => void): Promise<void> {
  const root = await readFile(rootFile, 'latin1');
  const store = await openTruststore({ folder: dirname(rootFile), root, rootFile, env });
  const { JAVA_TOOL_OPTIONS: before = '' } = env;
  if (before.includes('-Djavax.net.ssl.trustStore='))
    warn('the truststore in JAVA_TOOL_OPTIONS is replaced for this command by that of the JVM and the certificate of the proxy');
  const properties = { trustStore: store, trustStoreType: 'PKCS12', trustStorePassword: truststorePassword };
  const options = Object.entries(properties).map(([name, value]) => quoted(`-Djavax.net.ssl.${name}=${value}`));
  env['JAVA_TOOL_OPTIONS'] = [...(before === '' ? [] : [before]), ...options].join(' ');
}

/** The JVM splits the variable at spaces outside quotation marks. */
function quoted(option: string): string {
  return /\s/.test(option) ? `"${option}"` : option;
}
