/**
 * Java's system properties as they would be on this machine: they activate profiles and fill `${…}` in POMs.
 *
 * Variables whose names speak of secrets are left out. A POM is anybody's text, and `${env.TOKEN}` in a version would
 * become part of a URL: Maven sends it.
 */

/** What is asked of the machine. */
export interface MachineFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly userName: string;
  readonly workingFolder: string;
  /** As `process.platform`, `process.arch`, `os.release()`. */
  readonly platform: string;
  readonly architecture: string;
  readonly release: string;
  /** Text of `$JAVA_HOME/release`; null where there is none. */
  readonly javaRelease: string | null;
}

const secret =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|PRIVATE|COOKIE|SESSION|API_?KEY|ACCESS_?KEY|_KEY$|_PASS$|_PAT$|DSN|JWT|_PWD$|_UR[IL]S?$|WEBHOOK|CONNECTION_?STRING/i;
/** A URL with a login, whatever its variable is called. */
const login = /\/\/[^/\s@]*:[^/\s@]+@/;

/** Properties by name, environment variables as `env.NAME` (upper case on Windows, as in Maven). */
export function systemProperties(facts: MachineFacts): ReadonlyMap<string, string> {
  const { env, homeFolder, userName, workingFolder, platform, javaRelease } = facts;
  const isWindows = platform === 'win32';
  const java = valueIn(javaRelease, 'JAVA_VERSION') ?? '17';
  const properties = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !secret.test(name) && !login.test(value))
      properties.set(`env.${isWindows ? name.toUpperCase() : name}`, value);
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

/** `NAME="value"` lines. */
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
