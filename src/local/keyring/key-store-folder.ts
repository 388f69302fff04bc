/** Finds our own key store. Separate from the store, so that opening a keyring does not load the code that writes one. */
import { homedir } from 'node:os';
import { join } from 'node:path';

import { userFolders } from '../../base/user-folders.js';

/** Returns the folder `keys` in the configuration folder. */
export function defaultKeyStoreFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  homeFolder: string = homedir(),
): string {
  return join(userFolders(env, platform, homeFolder).config, 'keys');
}
