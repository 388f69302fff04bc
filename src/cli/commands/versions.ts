/** `versions`: lists the known versions, newest last. */
import { createClient } from '../../index.js';
import { clientOptions } from '../options/client-options.js';
import { usageError } from '../options/usage-error.js';
import { exitCodes } from '../output/exit-code.js';
import { versionsDocument } from '../output/json.js';
import { formatVersions } from '../output/render.js';
import { type Command, coordinateOf } from './command.js';

export const versionsCommand: Command = async ({ given, output, signal }) => {
  refuseVersion(given.words);
  const coordinate = coordinateOf(given);
  const client = createClient(clientOptions(given, { signal, onEvent: output.onEvent }));
  try {
    const list = await client.resolveVersions(coordinate);
    for (const warning of list.warnings.filter((text) => !output.warnings.includes(text))) output.warn(warning);
    output.result(formatVersions(list), versionsDocument(list, output.warnings));
    return exitCodes.done;
  } finally {
    await client.close();
  }
};

/** A name and a version, as for fetching: all versions are listed, so one more would be ignored. */
function refuseVersion([name, version, ...more]: readonly string[]): void {
  if (name === undefined || version === undefined || more.length > 0 || /^[[{]/.test(name) || version.startsWith('{')) return;
  throw usageError(
    `'versions' takes no version, got '${version}'`,
    `Run 'clojars-fetch versions ${name}' to list all versions, or 'clojars-fetch ${name} ${version}' to fetch this one.`,
  );
}
