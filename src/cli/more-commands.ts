/**
 * Loads every verb except the default one, and those whose code is in files of its own. In the package they are a separate file
 * (tsup.config.ts), so that the default verb, which editors and scripts call most, does not pay for reading their code.
 */
import type { Command } from './commands/command.js';
import type { Verb } from './options/verbs.js';

/** The verbs that this file loads. */
export type MoreVerb = Exclude<Verb, 'artifact' | 'help' | 'proxy' | 'exec' | 'mirror'>;

export async function loadMoreCommand(verb: MoreVerb): Promise<Command> {
  switch (verb) {
    case 'deps':
      return (await import('./commands/deps.js')).depsCommand;
    case 'project':
      return (await import('./commands/project.js')).projectCommand;
    case 'lock':
      return (await import('./commands/lock.js')).lockCommand;
    case 'verify':
      return (await import('./commands/verify.js')).verifyCommand;
    case 'keys':
      return (await import('./commands/keys.js')).keysCommand;
    case 'versions':
      return (await import('./commands/versions.js')).versionsCommand;
    case 'mirrors':
      return (await import('./commands/mirrors.js')).mirrorsCommand;
    case 'doctor':
      return (await import('./commands/doctor.js')).doctorCommand;
    case 'config':
      return (await import('./commands/config.js')).configCommand;
    case 'audit':
      return (await import('./commands/audit.js')).auditCommand;
  }
}
