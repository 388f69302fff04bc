/** `mirrors`: lists the mirrors in effect, with their health and circuits. */
import { createClient } from '../../index.js';
import { clientOptions } from '../options/client-options.js';
import { exitCodes } from '../output/exit-code.js';
import { mirrorsDocument } from '../output/json.js';
import { formatMirrors } from '../output/render.js';
import { type Command, refuseWords } from './command.js';

export const mirrorsCommand: Command = async ({ given, output, signal }) => {
  refuseWords(given);
  const client = createClient(clientOptions(given, { signal, onEvent: output.onEvent }));
  try {
    const mirrors = await client.listMirrors();
    output.result(formatMirrors(mirrors, output.style), mirrorsDocument(mirrors, output.warnings));
    return exitCodes.done;
  } finally {
    await client.close();
  }
};
