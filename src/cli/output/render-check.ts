/** Renders whether a build tool can go on without a network. */
import type { OfflineCheck } from '../../project.js';

/** Lines for stderr. Foreign text in them is not escaped. */
export function formatCheck({ command, ready, missing, git }: OfflineCheck): readonly string[] {
  const fromGit =
    git.length === 0
      ? []
      : [
          `${git.length} git ${git.length === 1 ? 'dependency' : 'dependencies'}: ${command} will need the network for these: ${git.join(', ')}`,
        ];
  if (!ready) {
    const files = missing.map(({ message }) => `  ${message}`);
    return [
      `${command} cannot go on offline: ${missing.length} ${missing.length === 1 ? 'file is' : 'files are'} missing`,
      ...files,
      ...fromGit,
    ];
  }
  const aside = command === 'mvn' ? ', except for the plugins of the build' : fromGit.length > 0 ? ', except for git' : '';
  return [`${command} can go on offline${aside}`, ...fromGit];
}
