/** Names the options of the library as they were typed: `repositories[0].url` was `--repo`. */
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
} = options;

/** The option behind a setting of the library; the more exact ones first. */
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
];

/** The same error, naming the command-line option if its setting was given by one; others come from files and variables. */
export function nameOptions(error: ClojarsFetchError): ClojarsFetchError {
  const { setting, message } = error;
  if (setting === undefined) return error;
  const place = `options: ${setting}`;
  const option = typedAs.find(([pattern]) => pattern.test(setting))?.[1];
  if (option === undefined || !message.startsWith(place)) return error;
  return error.with({ message: option + message.slice(place.length), cause: error });
}
