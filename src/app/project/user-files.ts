/** Finds the user's own files that apply to every project: those of shadow-cljs and Leiningen. */
import { join } from 'node:path';

import type { UserEnvironment } from '../../local/settings/machine/user-environment.js';

/**
 * Returns the places of shadow-cljs's user configuration; the first that exists counts. Source of the rule:
 * `shadow.cljs.devtools.config/load-user-config`.
 */
export function shadowCljsConfigFiles({ env, homeFolder }: UserEnvironment): readonly string[] {
  const shared = [env['XDG_CONFIG_HOME'], env['LOCALAPPDATA']].flatMap((folder = '') =>
    folder === '' ? [] : [join(folder, 'shadow-cljs', 'config.edn')],
  );
  return [...shared, join(homeFolder, '.shadow-cljs', 'config.edn')];
}

/**
 * Returns the folders of Leiningen's profiles for the system and the user. LEIN_NO_USER_PROFILES, even if it is empty,
 * leaves out the user's. Source of the rule: `leiningen.core.user/profiles`, `leiningen.core.project/system-profiles`.
 */
export function leiningenProfileFolders({ env, homeFolder }: UserEnvironment, home: string | undefined): readonly string[] {
  const system = '/etc/leiningen';
  if (env['LEIN_NO_USER_PROFILES'] !== undefined) return [system];
  return [system, home ?? env['LEIN_HOME'] ?? join(homeFolder, '.lein')];
}
