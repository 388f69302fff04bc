/** `doctor`: shows where each setting came from, and checks network, DNS, clock, disk and permissions. */
import { createClient } from '../../index.js';
import { clientOptions } from '../options/client-options.js';
import { exitCodeForChecks } from '../output/exit-code.js';
import { diagnosisDocument } from '../output/json.js';
import { formatDiagnosis } from '../output/render.js';
import { type Command, refuseWords } from './command.js';

export const doctorCommand: Command = async ({ given, output, signal }) => {
  refuseWords(given);
  const client = createClient(clientOptions(given, { signal, onEvent: output.onEvent }));
  try {
    const diagnosis = await client.diagnose();
    for (const warning of diagnosis.warnings.filter((text) => !output.warnings.includes(text))) output.warn(warning);
    output.result(formatDiagnosis(diagnosis, output.style), diagnosisDocument(diagnosis, output.warnings));
    return exitCodeForChecks(diagnosis.checks);
  } finally {
    await client.close();
  }
};
