/**
 * Which POMs a graph was computed from, exactly: those that were found, those that nobody has, those that are unusable.
 *
 * What was asked for while it was resolved says too much: POMs are fetched ahead, some in vain, and which ones depends on
 * who answered first. So the graph is computed once more out of what is known by then, with nothing fetched ahead; a
 * frozen graph is computed from the same files.
 */
import { formatLabel } from '../../maven/pom/label.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { CollectRequest } from '../../maven/resolver/collect.js';
import type { ConflictRule } from '../../maven/resolver/mediate.js';
import { createGraphResolver } from '../../maven/resolver/resolve-graph.js';

/** A source that remembers its answers. */
export interface RememberingSource extends PomSource {
  /** Computes the graph again from the answers. */
  trace(request: CollectRequest, environment: ProfileEnvironment, conflicts: ConflictRule): Promise<PomTrace>;
}

export interface PomTrace {
  /** `group:artifact:version` of what was read. */
  readonly labels: ReadonlySet<string>;
  /** `group:artifact` of which the versions were asked for. */
  readonly ranges: ReadonlySet<string>;
}

export function createRememberingSource(source: PomSource): RememberingSource {
  const read = new Map<string, ReturnType<PomSource['read']>>();
  const versions = new Map<string, ReturnType<PomSource['versions']>>();
  const resolved = new Map<string, ReturnType<PomSource['resolveVersion']>>();
  const remember = <T>(memory: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> => {
    let answer = memory.get(key);
    if (answer === undefined) {
      answer = ask();
      answer.catch(() => undefined);
      memory.set(key, answer);
    }
    return answer;
  };
  const remembering: PomSource = {
    read: (group, artifact, version) => remember(read, formatLabel(group, artifact, version), () => source.read(group, artifact, version)),
    versions: (group, artifact) => remember(versions, `${group}:${artifact}`, () => source.versions(group, artifact)),
    resolveVersion: (group, artifact, version) =>
      remember(resolved, formatLabel(group, artifact, version), () => source.resolveVersion(group, artifact, version)),
  };
  return {
    ...remembering,
    async trace(request, environment, conflicts) {
      const labels = new Set<string>();
      const ranges = new Set<string>();
      const traced: PomSource = {
        read(group, artifact, version) {
          labels.add(formatLabel(group, artifact, version));
          return remembering.read(group, artifact, version);
        },
        versions(group, artifact) {
          ranges.add(`${group}:${artifact}`);
          return remembering.versions(group, artifact);
        },
        resolveVersion(group, artifact, version) {
          labels.add(formatLabel(group, artifact, version));
          return remembering.resolveVersion(group, artifact, version);
        },
      };
      await createGraphResolver(traced, environment).resolve(request, { conflicts, prefetch: false });
      return { labels, ranges };
    },
  };
}
