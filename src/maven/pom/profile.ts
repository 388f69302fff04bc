/**
 * Selects the active profiles of a POM.
 *
 * A profile is active if it was switched on by hand, or if all its conditions hold. If no profile of a POM is active in
 * this way, the profiles marked `activeByDefault` are. Profiles of parents are selected in the parent.
 *
 * Source of the rule: Maven 3.8.7 `DefaultProfileSelector` and its activators for JDK, OS, property and file.
 */
import { escapeForDisplay } from '../../base/escape.js';
import { interpolatePath } from './interpolate-path.js';
import type { PomActivation, PomProfile } from './model.js';
import { createProblem, type PomProblem } from './problem.js';

/** The properties of the machine that profiles can test. */
export interface ProfileEnvironment {
  /** Java's system properties (`java.version`, `os.name`, …) and environment variables as `env.NAME`. */
  readonly systemProperties: ReadonlyMap<string, string>;
  /** Properties of Maven's command line. They win over those of POMs. Default none. */
  readonly userProperties?: ReadonlyMap<string, string> | undefined;
  /** Whether an absolute path exists. */
  readonly fileExists: (path: string) => boolean;
  /** Ids switched on by hand, as with Maven's `-P`: active regardless of their conditions. Default none. */
  readonly switchedOn?: ReadonlySet<string> | undefined;
  /** Ids switched off by hand. Default none. */
  readonly switchedOff?: ReadonlySet<string> | undefined;
}

/**
 * Returns the active profiles in POM order.
 * @param properties the POM's own properties, for paths in `<file>`
 * @param problems receives problems that make the POM invalid: a bad JDK range, a property condition without a name
 */
export function activeProfiles(
  profiles: readonly PomProfile[],
  properties: ReadonlyMap<string, string>,
  environment: ProfileEnvironment,
  problems: PomProblem[],
  label: string,
): readonly PomProfile[] {
  if (profiles.length === 0) return profiles;
  const active: PomProfile[] = [];
  const byDefault: PomProfile[] = [];
  for (const profile of profiles) {
    const { activation } = profile;
    if (environment.switchedOff?.has(profile.id) === true) continue;
    if (environment.switchedOn?.has(profile.id) === true) {
      active.push(profile);
      continue;
    }
    if (activation === undefined) continue;
    const refuse = (why: string): void => {
      problems.push(createProblem('invalid', 'profile', label, `profile ${escapeForDisplay(profile.id, 80)}: ${why}`));
    };
    if (isActive(activation, properties, environment, refuse)) active.push(profile);
    else if (activation.activeByDefault) byDefault.push(profile);
  }
  return active.length > 0 ? active : byDefault;
}

function isActive(
  activation: PomActivation,
  properties: ReadonlyMap<string, string>,
  { systemProperties, fileExists }: ProfileEnvironment,
  refuse: (why: string) => void,
): boolean {
  const { jdk, os, property, file } = activation;
  if (jdk === undefined && os === undefined && property === undefined && file === undefined) return false;
  // All conditions are evaluated even after one failed, because each may make the POM invalid.
  let active = true;
  if (file !== undefined && !fileHolds(file, properties, systemProperties, fileExists)) active = false;
  if (jdk !== undefined && !jdkHolds(jdk, systemProperties.get('java.version') ?? '', refuse)) active = false;
  if (os !== undefined && !osHolds(os, systemProperties)) active = false;
  if (property !== undefined && !propertyHolds(property, systemProperties, refuse)) active = false;
  return active;
}

function jdkHolds(jdk: string, version: string, refuse: (why: string) => void): boolean {
  if (version === '') {
    refuse('the Java version is unknown');
    return false;
  }
  if (jdk.startsWith('!')) return !version.startsWith(jdk.slice(1));
  if (!jdk.startsWith('[') && !jdk.startsWith('(')) return version.startsWith(jdk);
  const bounds = jdkBounds(jdk);
  const [lower, upper] = bounds;
  if (lower === undefined || upper === undefined) return false;
  const left = compareJdk(version, lower, true);
  const right = left > 0 ? compareJdk(version, upper, false) : 0;
  if (Number.isNaN(left) || Number.isNaN(right)) {
    refuse(`${escapeForDisplay(jdk, 80)} is not a range of Java versions`);
    return false;
  }
  return left === 0 || (left > 0 && right <= 0);
}

interface JdkBound {
  readonly value: string;
  readonly closed: boolean;
}

/** Splits Maven's simple range syntax at commas. `[1.7]` is not a range in it. */
function jdkBounds(range: string): JdkBound[] {
  const bounds: JdkBound[] = [];
  for (const token of range.split(',')) {
    if (token.startsWith('[')) bounds.push({ value: token.replaceAll('[', '').trim(), closed: true });
    else if (token.startsWith('(')) bounds.push({ value: token.replaceAll('(', '').trim(), closed: false });
    else if (token.endsWith(']')) bounds.push({ value: token.replaceAll(']', '').trim(), closed: true });
    else if (token.endsWith(')')) bounds.push({ value: token.replaceAll(')', '').trim(), closed: false });
    else if (token === '') bounds.push({ value: '', closed: false });
  }
  if (bounds.length < 2) bounds.push({ value: '99999999', closed: false });
  return bounds;
}

/** Returns -1, 0 or 1; NaN if Java's `Integer.parseInt` would throw. */
function compareJdk(version: string, bound: JdkBound, isLeft: boolean): number {
  if (bound.value === '') return isLeft ? 1 : -1;
  const ours = splitJava(version.replace(/[^0-9._-]/g, ''), /[._-]/);
  const theirs = splitJava(bound.value, /\./);
  for (let index = 0; index < 3; index++) {
    const x = parseJavaInt(ours[index] ?? '0');
    const y = parseJavaInt(theirs[index] ?? '0');
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    if (x !== y) return x < y ? -1 : 1;
  }
  if (!bound.closed) return isLeft ? -1 : 1;
  return 0;
}

/** Like Java's `String.split`: drops empty pieces at the end. */
function splitJava(text: string, separator: RegExp): string[] {
  const pieces = text.split(separator);
  while (pieces.length > 1 && pieces[pieces.length - 1] === '') pieces.pop();
  return pieces;
}

function parseJavaInt(text: string): number {
  const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value > 2147483647 || value < -2147483648 ? Number.NaN : value;
}

type OsCondition = NonNullable<PomActivation['os']>;

function osHolds(os: OsCondition, systemProperties: ReadonlyMap<string, string>): boolean {
  const name = (systemProperties.get('os.name') ?? '').toLowerCase();
  const conditions: [string | undefined, (wanted: string) => boolean][] = [
    [os.family, (wanted) => isOsFamily(wanted.toLowerCase(), name, systemProperties.get('path.separator') ?? ':')],
    [os.name, (wanted) => wanted.toLowerCase() === name],
    [os.arch, (wanted) => wanted.toLowerCase() === (systemProperties.get('os.arch') ?? '').toLowerCase()],
    [os.version, (wanted) => wanted.toLowerCase() === (systemProperties.get('os.version') ?? '').toLowerCase()],
  ];
  let stated = false;
  for (const [wanted, holds] of conditions) {
    if (wanted === undefined) continue;
    stated = true;
    if (wanted.startsWith('!') ? holds(wanted.slice(1)) : !holds(wanted)) return false;
  }
  return stated;
}

/** Like `Os.isFamily` of plexus-utils. */
function isOsFamily(family: string, name: string, pathSeparator: string): boolean {
  const mac = name.includes('mac') || name.includes('darwin');
  switch (family) {
    case 'windows':
      return name.includes('windows');
    case 'os/2':
      return name.includes('os/2');
    case 'netware':
      return name.includes('netware');
    case 'dos':
      return pathSeparator === ';' && !name.includes('netware');
    case 'mac':
      return mac;
    case 'tandem':
      return name.includes('nonstop_kernel');
    case 'unix':
      return pathSeparator === ':' && !name.includes('openvms') && (!mac || name.endsWith('x'));
    case 'win9x':
      return name.includes('windows') && /95|98|me|ce/.test(name);
    case 'winnt':
      return name.includes('windows') && !/95|98|me|ce/.test(name);
    case 'z/os':
      return name.includes('z/os') || name.includes('os/390');
    case 'os/400':
      return name.includes('os/400');
    case 'openvms':
      return name.includes('openvms');
    default:
      return name.includes(family);
  }
}

function propertyHolds(
  property: NonNullable<PomActivation['property']>,
  systemProperties: ReadonlyMap<string, string>,
  refuse: (why: string) => void,
): boolean {
  const negatedName = property.name?.startsWith('!') === true;
  const name = negatedName ? property.name?.slice(1) : property.name;
  if (name === undefined || name === '') {
    refuse('the property condition has no name');
    return false;
  }
  const actual = systemProperties.get(name);
  const { value } = property;
  if (value !== undefined && value !== '') {
    // As in Maven, the '!' before the name is ignored if there is a value.
    return value.startsWith('!') ? value.slice(1) !== actual : value === actual;
  }
  const present = actual !== undefined && actual !== '';
  return negatedName ? !present : present;
}

function fileHolds(
  file: NonNullable<PomActivation['file']>,
  properties: ReadonlyMap<string, string>,
  systemProperties: ReadonlyMap<string, string>,
  fileExists: (path: string) => boolean,
): boolean {
  const wantsMissing = file.exists === undefined || file.exists === '';
  const written = wantsMissing ? file.missing : file.exists;
  if (written === undefined || written === '') return false;
  // A POM from a repository has no base directory.
  if (written.includes('${basedir}')) return false;
  const path = interpolatePath(written, (name) => properties.get(name) ?? systemProperties.get(name));
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path)) return false;
  return wantsMissing ? !fileExists(path) : fileExists(path);
}
