/** `mirror`: loads only the command of its subcommand. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import type { Command } from './command.js';

const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
  sync: async () => (await import('./mirror-sync.js')).mirrorSyncCommand,
  setup: async () => (await import('./mirror-setup.js')).mirrorSetupCommand,
  stats: async () => (await import('./mirror-stats.js')).mirrorStatsCommand,
};

export const mirrorCommand: Command = async (call) => {
  const [word] = call.given.words;
  const load = word === undefined ? undefined : subcommands[word];
  if (load === undefined) throw unknownSubcommand(word);
  const command = await load();
  return command({ ...call, given: { ...call.given, words: call.given.words.slice(1) } });
};

function unknownSubcommand(word: string | undefined): ClojarsFetchError {
  const names = Object.keys(subcommands);
  const meant = word === undefined ? undefined : nearestWord(word, names);
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: word === undefined ? "'mirror' needs a subcommand" : `'mirror' has no subcommand '${word}'`,
    hint:
      meant === undefined
        ? `The subcommands are ${names.join(', ')}; 'clojars-fetch mirror --help' explains them.`
        : `Did you mean 'clojars-fetch mirror ${meant}'?`,
  });
}
