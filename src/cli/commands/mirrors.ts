/** `mirrors`: lists the mirrors in effect, with their health and circuits. Loads `mirrors check` when it is asked for. */
import { nearestWord } from '../../base/nearest-word.js';
import { createClient } from '../../index.js';
import { clientOptions } from '../options/client-options.js';
import { usageError } from '../options/usage-error.js';
import { exitCodes } from '../output/exit-code.js';
import { mirrorsDocument } from '../output/json.js';
import { formatMirrors } from '../output/render.js';
import { type Command, refuseWords, unknownSubcommand } from './command.js';

export const mirrorsCommand: Command = async (call) => {
  const { given, output, signal } = call;
  const [subcommand, ...words] = given.words;
  if (subcommand === 'check' && words.length === 0) return (await import('./mirrors-check.js')).mirrorsCheckCommand(call);
  if (subcommand !== undefined && nearestWord(subcommand, ['check']) !== undefined)
    throw unknownSubcommand('mirrors', subcommand, ['check']);
  refuseWords(subcommand === 'check' ? { ...given, words } : given);
  const { admit, history, seed, releaseFeed, audit } = given;
  if ([admit, history, seed, releaseFeed, audit].some((value) => value !== undefined)) {
    throw usageError(
      "--admit, --history, --seed, --release-feed and --audit belong to 'mirrors check'",
      "Write 'clojars-fetch mirrors check' before them.",
    );
  }
  const client = createClient(clientOptions(given, { signal, onEvent: output.onEvent }));
  try {
    const mirrors = await client.listMirrors();
    output.result(formatMirrors(mirrors, output.style), mirrorsDocument(mirrors, output.warnings));
    return exitCodes.done;
  } finally {
    await client.close();
  }
};
