/** A truststore for JVMs: the JVM's own authorities and the proxy's root, made by the JVM's keytool. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ClojarsFetchError } from '../../base/error.js';

const run = promisify(execFile);

/** Java's own default. The file holds no secret: it is a list of certificates. */
export const truststorePassword = 'changeit';

export interface TruststoreOptions {
  /** Folder for the truststore; it must exist. */
  readonly folder: string;
  /** PEM of the root. */
  readonly root: string;
  /** PEM file of the root. */
  readonly rootFile: string;
  /** `JAVA_HOME` and `PATH` are used. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the PKCS#12 file, and makes it unless the one that is there has the same root.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`, if keytool is missing or fails
 */
export async function openTruststore({ folder, root, rootFile, env, signal }: TruststoreOptions): Promise<string> {
  const file = join(folder, `truststore-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.p12`);
  if (existsSync(file)) return file;
  const temporary = mkdtempSync(join(folder, '.truststore-'));
  try {
    const made = join(temporary, 'truststore.p12');
    const keytool = (...words: readonly string[]): Promise<unknown> =>
      run(keytoolOf(env), [...words], { env: { ...env }, signal, timeout: 60_000 });
    const cacerts = await findCacerts(env, signal);
    const into = ['-noprompt', '-storepass', truststorePassword];
    if (cacerts !== null) {
      const from = ['-srckeystore', cacerts, '-srcstorepass', truststorePassword];
      const to = ['-destkeystore', made, '-deststoretype', 'PKCS12', '-deststorepass', truststorePassword];
      await keytool('-importkeystore', '-noprompt', ...from, ...to);
    }
    await keytool('-importcert', ...into, '-alias', 'clojars-fetch', '-file', rootFile, '-keystore', made, '-storetype', 'PKCS12');
    renameSync(made, file);
    return file;
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      cause: error,
      message: 'the truststore for Java could not be made: keytool failed',
      hint: 'Install a JDK, or set JAVA_HOME to one. Tools that read PEM files can use the root itself.',
      path: rootFile,
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function keytoolOf({ JAVA_HOME: home }: TruststoreOptions['env']): string {
  return home === undefined || home === '' ? 'keytool' : join(home, 'bin', 'keytool');
}

/** The authorities that the JVM trusts by itself; null if they cannot be found. */
async function findCacerts(env: TruststoreOptions['env'], signal: AbortSignal | undefined): Promise<string | null> {
  const home = env['JAVA_HOME'] ?? (await homeOfJava(env, signal));
  const file = home === null ? null : join(home, 'lib', 'security', 'cacerts');
  return file !== null && existsSync(file) ? file : null;
}

async function homeOfJava(env: TruststoreOptions['env'], signal: AbortSignal | undefined): Promise<string | null> {
  const options = { env: { ...env }, signal, timeout: 60_000 };
  const { stderr } = await run('java', ['-XshowSettings:properties', '-version'], options);
  const home = /^\s*java\.home = (.+)$/m.exec(stderr)?.[1]?.trim();
  return home === undefined ? null : home;
}
