/**
 * Computes Java's system properties for this machine. They activate profiles and fill in `${…}` in POMs and in settings.xml.
 *
 * POMs are untrusted, and `${env.TOKEN}` in a version becomes part of a URL. So POMs see only `JAVA_HOME` and the variables that the user
 * lists: no deny list knows the name of every secret.
 */
import { release, userInfo } from 'node:os';
import { join } from 'node:path';

import { readRegularFile } from '../../../base/disk/regular-file.js';
import type { UserEnvironment } from './user-environment.js';

/** A JDK's file has some hundred bytes. */
const releaseMaxBytes = 64 * 1024;

/** The facts from which the properties are computed. */
export interface MachineFacts extends UserEnvironment {
  readonly userName: string;
  readonly workingFolder: string;
  /** As `process.platform`, `process.arch`, `os.release()`. */
  readonly platform: string;
  readonly architecture: string;
  readonly release: string;
  /** Text of `$JAVA_HOME/release`; null if it does not exist. */
  readonly javaRelease: string | null;
}

/** Reads the system properties of this machine. */
export function readSystemProperties(user: UserEnvironment, pomEnvironment: readonly string[]): ReadonlyMap<string, string> {
  const javaHome = user.env['JAVA_HOME'] ?? '';
  const facts = {
    ...user,
    userName: userName(user.env),
    workingFolder: process.cwd(),
    platform: process.platform,
    architecture: process.arch,
    release: release(),
    javaRelease: javaHome === '' ? null : readJavaRelease(javaHome),
  };
  return systemProperties(facts, pomEnvironment);
}

/** Returns the user's name. A container may run as a user without a name. */
function userName(env: UserEnvironment['env']): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? env['USERNAME'] ?? '?';
  }
}

/**
 * Returns the properties by name, environment variables as `env.NAME` (upper case on Windows, as in Maven).
 * @param pomEnvironment names of the variables that POMs may read besides JAVA_HOME
 */
export function systemProperties(facts: MachineFacts, pomEnvironment: readonly string[]): ReadonlyMap<string, string> {
  const { env, homeFolder, userName, workingFolder, platform, javaRelease } = facts;
  const isWindows = platform === 'win32';
  const java = valueIn(javaRelease, 'JAVA_VERSION') ?? '17';
  const properties = new Map<string, string>();
  // Windows ignores the case of names.
  const nameOf = (name: string): string => (isWindows ? name.toUpperCase() : name);
  const known = new Set(['JAVA_HOME', ...pomEnvironment].map(nameOf));
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && known.has(nameOf(name))) properties.set(`env.${nameOf(name)}`, value);
  }
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) properties.set(name, value);
  };
  set('java.version', java);
  set('java.specification.version', /^1\.\d+/.exec(java)?.[0] ?? /^\d+/.exec(java)?.[0]);
  set('java.vendor', valueIn(javaRelease, 'IMPLEMENTOR'));
  set('java.home', env['JAVA_HOME']);
  set('os.name', osName(platform, facts.release));
  set('os.arch', osArchitecture(platform, facts.architecture));
  set('os.version', isWindows ? /^\d+\.\d+/.exec(facts.release)?.[0] : facts.release);
  set('user.home', homeFolder);
  set('user.name', userName);
  set('user.dir', workingFolder);
  set('file.separator', isWindows ? '\\' : '/');
  set('path.separator', isWindows ? ';' : ':');
  set('line.separator', isWindows ? '\r\n' : '\n');
  set('file.encoding', 'UTF-8');
  return properties;
}

/** Returns the value of a line `NAME="value"`. */
function valueIn(text: string | null, name: string): string | undefined {
  return text === null ? undefined : new RegExp(`^${name}="([^"\\r\\n]{1,100})"`, 'm').exec(text)?.[1];
}

function osName(platform: string, release: string): string {
  if (platform === 'darwin') return 'Mac OS X';
  if (platform === 'win32') return Number(/^10\.0\.(\d+)/.exec(release)?.[1] ?? 0) >= 22_000 ? 'Windows 11' : 'Windows 10';
  const names: Readonly<Record<string, string>> = {
    linux: 'Linux',
    android: 'Linux',
    freebsd: 'FreeBSD',
    openbsd: 'OpenBSD',
    sunos: 'SunOS',
    aix: 'AIX',
  };
  return names[platform] ?? platform;
}

function osArchitecture(platform: string, architecture: string): string {
  const names: Readonly<Record<string, string>> = {
    x64: platform === 'darwin' ? 'x86_64' : 'amd64',
    arm64: 'aarch64',
    ia32: platform === 'win32' ? 'x86' : 'i386',
    ppc64: 'ppc64le',
  };
  return names[architecture] ?? architecture;
}

/** Returns null if it cannot be read: JAVA_HOME may point anywhere. */
function readJavaRelease(javaHome: string): string | null {
  try {
    return readRegularFile(join(javaHome, 'release'), releaseMaxBytes).toString('utf8');
  } catch {
    return null;
  }
}
