/** The context of one operation, over the servers of a bench. */
import { openSession } from '../../src/app/client/session.js';
import type { Tuning } from '../../src/app/client/tuning.js';
import type { Context } from '../../src/fetch/context.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import type { Repository } from '../../src/network/mirrors/repository.js';
import type { Workbench } from '../support/workbench.js';

export interface Stage {
  readonly context: Context;
  /** Returns a repository of the configuration. */
  readonly repository: (id: string) => Repository;
}

/** Opens a session with the folders of the bench. */
export async function openStage(bench: Workbench, options: ClientOptions, tuning: Tuning = {}): Promise<Stage> {
  const own = { ...bench.ownFolders(), ...options };
  const emit = own.onEvent ?? (() => undefined);
  const session = await openSession({ options: own, env: {}, homeFolder: bench.folder, emit, tuning });
  bench.atEnd(() => session.close());
  const context = session.context({ signal: new AbortController().signal, comparisons: null });
  return {
    context,
    repository(id) {
      const found = context.route.repositories.find((repository) => repository.id === id);
      if (found === undefined) throw new Error(`no repository ${id}`);
      return found;
    },
  };
}
