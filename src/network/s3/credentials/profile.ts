/** Credentials and regions in the files of Amazon's command line: `~/.aws/credentials` and `~/.aws/config`. */
import { join } from 'node:path';

import { systemErrorCode } from '../../../base/disk/file-error.js';
import { readRegularFile } from '../../../base/disk/regular-file.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { checkCredentials, credentialError, type CredentialPlaces, type S3Credentials } from './credentials.js';

type Section = ReadonlyMap<string, string>;

/** The settings of one profile; the file of credentials wins. */
export interface Profile {
  readonly name: string;
  /** Whether the URL or the environment names the profile: it must then be there. */
  readonly isNamed: boolean;
  readonly settings: Section | null;
}

const fileMaxBytes = 1 << 20;
/** Ways to get keys that need another program, another service or a browser. */
const elsewhere = ['credential_process', 'sso_session', 'sso_start_url'] as const;

/**
 * Reads a profile.
 * @param wanted the name that the URL gives; null for AWS_PROFILE, or `default`
 */
export function readProfile({ env, homeFolder }: CredentialPlaces, wanted: string | null): Profile {
  const name = wanted ?? nonEmpty(env['AWS_PROFILE']) ?? 'default';
  const file = (variable: string, standard: string): string => nonEmpty(env[variable]) ?? join(homeFolder, '.aws', standard);
  const config = readSections(file('AWS_CONFIG_FILE', 'config'));
  const credentials = readSections(file('AWS_SHARED_CREDENTIALS_FILE', 'credentials'));
  const inConfig = config.get(`profile ${name}`) ?? (name === 'default' ? config.get(name) : undefined);
  const inCredentials = credentials.get(name);
  const settings = inConfig === undefined && inCredentials === undefined ? null : new Map([...(inConfig ?? []), ...(inCredentials ?? [])]);
  return { name, isNamed: wanted !== null || nonEmpty(env['AWS_PROFILE']) !== null, settings };
}

/** Returns the keys that a profile itself holds; null for a profile that nothing names and that has none. */
export function profileKeys({ name, isNamed, settings }: Profile): S3Credentials | null {
  const shown = showProfile(name);
  if (settings === null) {
    if (isNamed) throw credentialError(`there is no ${shown} in the files of ~/.aws`);
    return null;
  }
  const accessKeyId = settings.get('aws_access_key_id') ?? '';
  const secretAccessKey = settings.get('aws_secret_access_key') ?? '';
  if (accessKeyId === '' && secretAccessKey === '') {
    const other = elsewhere.find((setting) => settings.has(setting));
    if (other !== undefined) throw credentialError(`${shown} uses ${other}, which is not supported; ${remedy(other, name)}`);
    if (isNamed) throw credentialError(`${shown} has no aws_access_key_id`);
    return null;
  }
  const missing = accessKeyId === '' ? 'aws_access_key_id' : 'aws_secret_access_key';
  if (accessKeyId === '' || secretAccessKey === '') throw credentialError(`${shown} has no ${missing}`);
  const sessionToken = nonEmpty(settings.get('aws_session_token'));
  return checkCredentials({ accessKeyId, secretAccessKey, sessionToken, expiresMs: null }, shown);
}

export function showProfile(name: string): string {
  return `profile '${escapeForDisplay(name, 60)}'`;
}

function remedy(setting: (typeof elsewhere)[number], name: string): string {
  const login = setting.startsWith('sso_') ? `log in with 'aws sso login --profile ${argumentOf(name)}', and ` : '';
  return `${login}${exportKeys(name)}`;
}

/** Amazon's own tool knows all ways to get keys, and gives them out for others. */
export function exportKeys(name: string): string {
  return `put its keys into the environment with 'aws configure export-credentials --profile ${argumentOf(name)} --format env'`;
}

function argumentOf(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : 'NAME';
}

/** Reads an INI file as Amazon's tools do: sections, `name = value`, comments; indented lines belong to the setting above them. */
function readSections(file: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | null = null;
  for (const line of readText(file).split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line) || /^\s/.test(line)) continue;
    const header = /^\[([^\]]*)\]/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.trim().replace(/^profile\s+/, 'profile ');
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      continue;
    }
    const setting = /^([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting) section?.set((setting[1] ?? '').toLowerCase(), (setting[2] ?? '').replace(/\s[#;].*$/, ''));
  }
  return sections;
}

function readText(file: string): string {
  try {
    return readRegularFile(file, fileMaxBytes)
      .toString('utf8')
      .replace(/^\ufeff/, '');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw credentialError(`${file} cannot be read (${code ?? (error instanceof Error ? error.message : 'unknown error')})`, error);
  }
}

export function nonEmpty(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
