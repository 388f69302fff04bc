/** Finds the folders for a user's configuration, cache and state. Pure, except for the default of the home folder. */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** Absolute folders, not necessarily existing. */
export interface UserFolders {
  /** Configuration that the user writes. */
  readonly config: string;
  /** Data that may be deleted at any time. */
  readonly cache: string;
  /** Data to keep: the first-seen record, high-water marks. */
  readonly state: string;
}

const name = 'clojars-fetch';

/**
 * Uses `XDG_CONFIG_HOME`, `XDG_CACHE_HOME` and `XDG_STATE_HOME` if set (on every system; relative values are ignored, as
 * the XDG Base Directory Specification says), else the system's own places: `~/.config`, `~/.cache`, `~/.local/state`;
 * on macOS `~/Library/…`; on Windows `%APPDATA%` and `%LOCALAPPDATA%`.
 */
export function userFolders(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string = homedir(),
): UserFolders {
  const path = platform === 'win32' ? win32 : posix;
  const absolute = (value: string | undefined): string | null => (value !== undefined && path.isAbsolute(value) ? value : null);
  const defaults = ((): UserFolders => {
    if (platform === 'win32') {
      const roaming = absolute(env['APPDATA']) ?? path.join(home, 'AppData', 'Roaming');
      const local = absolute(env['LOCALAPPDATA']) ?? path.join(home, 'AppData', 'Local');
      return {
        config: path.join(roaming, name),
        cache: path.join(local, name, 'cache'),
        state: path.join(local, name, 'state'),
      };
    }
    if (platform === 'darwin') {
      const library = path.join(home, 'Library');
      return {
        config: path.join(library, 'Application Support', name),
        cache: path.join(library, 'Caches', name),
        state: path.join(library, 'Application Support', name, 'state'),
      };
    }
    return {
      config: path.join(home, '.config', name),
      cache: path.join(home, '.cache', name),
      state: path.join(home, '.local', 'state', name),
    };
  })();
  const place = (variable: string, otherwise: string): string => {
    const value = absolute(env[variable]);
    return value === null ? otherwise : path.join(value, name);
  };
  return {
    config: place('XDG_CONFIG_HOME', defaults.config),
    cache: place('XDG_CACHE_HOME', defaults.cache),
    state: place('XDG_STATE_HOME', defaults.state),
  };
}
