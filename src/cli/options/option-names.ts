/** Names settings of the library by their command-line options: `repositories[0].url` is `--repo`. */
import type { ClojarsFetchError } from '../../base/error.js';
import { type Option, options } from './table.js';

const {
  repositories,
  mirrors,
  repositoryFor,
  localRepository,
  pomEnvironment,
  configurationFile,
  weakUntil,
  acceptSigners,
  signatureStores,
  settleMs,
  intervalMs,
  metadataForm,
  places,
} = options;

/** The options behind settings of the library that have another name; more specific patterns first. */
const typedAs: readonly (readonly [setting: RegExp, option: string])[] = [
  [/^repositories\[\d+\]\.mirrors\b/, `--${mirrors.name}`],
  [/^repositories\[\d+\]\.id$/, `the ID of --${repositories.name}`],
  [/^repositories\b/, `--${repositories.name}`],
  [/^mirrors\b/, `--${mirrors.name}`],
  [/^repoFor\b/, `--${repositoryFor.name}`],
  [/^localRepository$/, `--${localRepository.name}`],
  [/^pomEnvironment\b/, `--${pomEnvironment.name}`],
  [/^configurationFile$/, `--${configurationFile.name}`],
  [/^trust\.weakUntil$/, `--${weakUntil.name}`],
  [/^trust\.acceptSigners\b/, `--${acceptSigners.name}`],
  [/^trust\.signatureStores\b/, `--${signatureStores.name}`],
  [/^settle$/, `--${settleMs.name}`],
  [/^interval$/, `--${intervalMs.name}`],
  [/^metadata$/, `--${metadataForm.name}`],
  [/^places\b/, `--${places.name}`],
];

/** The options of the table whose name there is that of the setting. */
const byKey: ReadonlyMap<string, Option> = new Map(Object.entries<Option>(options));

function optionOf(setting: string): string | undefined {
  const renamed = typedAs.find(([pattern]) => pattern.test(setting))?.[1];
  if (renamed !== undefined) return renamed;
  const same = byKey.get(setting);
  return same === undefined ? undefined : `--${same.name}`;
}

/** Returns the error with the command-line option in its message, if the setting came from one and not from a file or variable. */
export function nameOptions(error: ClojarsFetchError): ClojarsFetchError {
  const { setting, message } = error;
  if (setting === undefined) return error;
  const place = `options: ${setting}`;
  const option = optionOf(setting);
  if (option === undefined || !message.startsWith(place)) return error;
  return error.with({ message: option + message.slice(place.length), cause: error });
}
