/** Names settings of the library by their command-line options: `repositories[0].url` is `--repo`. */
import type { ClojarsFetchError } from '../../base/error.js';
import { options } from './table.js';

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
  url,
  groups,
  since,
} = options;

/** The option behind each setting of the library; more specific patterns first. */
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
  [/^url$/, `--${url.name}`],
  [/^groups$/, `--${groups.name}`],
  [/^since$/, `--${since.name}`],
];

/** Returns the error with the command-line option in its message, if the setting came from one and not from a file or variable. */
export function nameOptions(error: ClojarsFetchError): ClojarsFetchError {
  const { setting, message } = error;
  if (setting === undefined) return error;
  const place = `options: ${setting}`;
  const option = typedAs.find(([pattern]) => pattern.test(setting))?.[1];
  if (option === undefined || !message.startsWith(place)) return error;
  return error.with({ message: option + message.slice(place.length), cause: error });
}
