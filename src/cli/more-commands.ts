/**
 * Loads every verb except the default one. In the package they are a separate file (tsup.config.ts), so that the
 * default verb, which editors and scripts call most, does not pay for reading their code.
 */
import type { Command } from './commands/command.js';
import type { Verb } from './options/verbs.js';
import { keepHeapSmall } from './start/keep-heap-small.js';
import { optimizeLater } from './start/optimize-later.js';

/** Verbs that handle hundreds of files and POMs in one call, or in their first seconds. */
const forManyFiles: ReadonlySet<Verb> = new Set(['deps', 'project', 'lock', 'proxy', 'exec'] satisfies Verb[]);

export async function loadMoreCommand(verb: Exclude<Verb, 'artifact' | 'help'>): Promise<Command> {
  if (forManyFiles.has(verb)) optimizeLater();
  if (verb === 'proxy') keepHeapSmall();
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
    case 'proxy':
      return (await import('./commands/proxy.js')).proxyCommand;
    case 'exec':
      return (await import('./commands/exec.js')).execCommand;
    case 'doctor':
      return (await import('./commands/doctor.js')).doctorCommand;
    case 'config':
      return (await import('./commands/config.js')).configCommand;
  }
}
