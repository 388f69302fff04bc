/** `mirror`: loads only the command of its subcommand. */
import { type Command, unknownSubcommand } from './command.js';

const subcommands: Readonly<Record<string, () => Promise<Command>>> = {
  sync: async () => (await import('./mirror-sync.js')).mirrorSyncCommand,
  setup: async () => (await import('./mirror-setup.js')).mirrorSetupCommand,
  stats: async () => (await import('./mirror-stats.js')).mirrorStatsCommand,
};

export const mirrorCommand: Command = async (call) => {
  const [word] = call.given.words;
  const load = word !== undefined && Object.hasOwn(subcommands, word) ? subcommands[word] : undefined;
  if (load === undefined) throw unknownSubcommand('mirror', word, Object.keys(subcommands));
  const command = await load();
  return command({ ...call, given: { ...call.given, words: call.given.words.slice(1) } });
};
