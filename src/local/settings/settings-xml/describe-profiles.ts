/** Tells the user about the repositories of settings.xml's profiles, which are not used. */
import { redactUrl } from '../../../network/mirrors/repository-url.js';
import type { SettingsProfile } from './settings-xml.js';

/** Lists the profiles and their repositories on one line. */
export function describeProfiles(profiles: readonly SettingsProfile[]): string {
  return profiles.map(({ id, active, repositories }) => `${id}${active ? ' (active)' : ''}: ${list(repositories)}`).join('; ');
}

/**
 * Warns about the repositories of active profiles, unless a repository in effect has the id: companies write Central's
 * id into a profile, and mirror it.
 */
export function unusedRepositories(
  profiles: readonly SettingsProfile[],
  source: string,
  inEffect: readonly { readonly id: string }[],
): readonly string[] {
  return profiles
    .filter(({ active }) => active)
    .map(({ id, repositories }) => ({ id, missing: repositories.filter((one) => !inEffect.some((known) => known.id === one.id)) }))
    .filter(({ missing }) => missing.length > 0)
    .map(
      ({ id, missing }) =>
        `${source}: the repositories of profile ${JSON.stringify(id.slice(0, 60))} are not used: ${list(missing)}. ` +
        'If you need them, name them with --repo or in the configuration file',
    );
}

function list(repositories: SettingsProfile['repositories']): string {
  return repositories.map(({ id, url }) => `${id} (${redactUrl(url)})`).join(', ');
}
