/** Reads the sources of settings: options, environment, our configuration file, settings.xml. */
import { join } from 'node:path';

import { isClojarsFetchError } from '../../base/error.js';
import { type UserFolders, userFolders } from '../../base/user-folders.js';
import type { ClientOptions } from './client-options.js';
import { readClientOptions } from './client-options-reader.js';
import { defaultConfigurationFile, parseConfiguration } from './configuration-file.js';
import { environmentVariables, readPath, readVariable } from './environment.js';
import type { Given } from './settings-table.js';
import type { SourceRecord } from './sources.js';
import { resolvePath } from './text/path.js';
import { decodeXmlText, missingFile, type TextReader } from './text/read-text.js';

/** The locations of the sources. */
export interface SourcePlaces {
  readonly options: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly workingFolder: string;
  readonly platform: NodeJS.Platform;
  readonly readFile: TextReader;
}

/**
 * Reads and checks all sources but single variables. A source that does not exist is skipped; one that the user names must exist.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: `unknown-option`, `bad-value` or `unreadable`.
 */
export async function readSources(places: SourcePlaces, record: SourceRecord): Promise<Given> {
  const { env, homeFolder, workingFolder, platform, readFile } = places;
  const options = readClientOptions(places.options);
  const absolute = (path: string): string => resolvePath(path, workingFolder, homeFolder);
  const folders = userFolders(env, platform, homeFolder);
  const ownFile = findConfigurationFile(options, env, absolute, folders);
  const mavenFile = findSettingsFile(options, absolute, homeFolder);
  const [ownText, mavenText] = await Promise.all([
    readSource(ownFile, 'configurationFile', readFile),
    readSource(mavenFile, 'settings', (path) => readFile(path, decodeXmlText)),
  ]);
  const given: Given = {
    options,
    env,
    file: ownFile === null || ownText === null ? {} : parseConfiguration(ownText, ownFile.path, homeFolder),
    settings:
      mavenFile === null || mavenText === null
        ? null
        : (await import('./settings-xml/settings-xml.js')).parseSettings(mavenText, mavenFile.path, { env, homeFolder }),
    absolute,
    homeFolder,
    folders,
    fromOptions: 'options',
    fromFile: ownFile?.path ?? 'the configuration file',
    fromSettings: mavenFile?.path ?? 'settings.xml',
  };
  noteFile(record, 'configurationFile', ownFile, ownText !== null);
  noteFile(record, 'settings', mavenFile, mavenText !== null);
  return given;
}

interface SourceFile {
  /** Absolute. */
  readonly path: string;
  /** Whether the user named it, so it must exist. */
  readonly named: boolean;
}

function findConfigurationFile(
  { settings, configurationFile }: ClientOptions,
  env: SourcePlaces['env'],
  absolute: Given['absolute'],
  folders: UserFolders,
): SourceFile | null {
  const fromVariable = readVariable(env, environmentVariables.configurationFile, 'configurationFile', readPath);
  const named = configurationFile ?? (settings === false ? undefined : fromVariable);
  if (named !== undefined) return { path: absolute(named), named: true };
  return settings === false ? null : { path: defaultConfigurationFile(folders), named: false };
}

function findSettingsFile({ settings }: ClientOptions, absolute: Given['absolute'], homeFolder: string): SourceFile | null {
  if (settings === false) return null;
  if (settings !== undefined) return { path: absolute(settings), named: true };
  return { path: join(homeFolder, '.m2', 'settings.xml'), named: false };
}

async function readSource(file: SourceFile | null, setting: string, readFile: TextReader): Promise<string | null> {
  if (file === null) return null;
  const text = await readFile(file.path).catch((error: unknown) => {
    throw isClojarsFetchError(error) && error.setting === undefined ? error.with({ setting }) : error;
  });
  if (text === null && file.named) throw missingFile(file.path, setting);
  return text;
}

function noteFile(record: SourceRecord, key: string, file: SourceFile | null, found: boolean): void {
  record.note(key, file?.path ?? 'not read', file === null ? 'options' : found ? file.path : 'not found');
}
