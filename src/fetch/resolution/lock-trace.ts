/**
 * Finds exactly the POMs that a graph was computed from, whether found, absent or unusable.
 *
 * The requests made during the resolution are too many: POMs are prefetched, some in vain, and the choice depends on the order of the
 * answers. So the graph is computed again from the cached answers, without prefetching. A frozen graph is computed from the same files.
 */
import { OnceByKey } from '../../base/async/once-by-key.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { CollectRequest } from '../../maven/resolver/graph/request.js';
import { createGraphResolver, type ResolveGraphOptions } from '../../maven/resolver/resolve-graph.js';

/** The options that shape a graph. */
export type GraphRules = Pick<ResolveGraphOptions, 'conflicts' | 'localLibraries'>;

/** A source that caches its answers. */
export interface RememberingSource extends PomSource {
  /** Computes the graph again from the answers. */
  trace(request: CollectRequest, environment: ProfileEnvironment, rules: GraphRules, signal?: AbortSignal): Promise<PomTrace>;
}

export interface PomTrace {
  /** `group:artifact:version` of the POMs that were read. */
  readonly labels: ReadonlySet<string>;
  /** `group:artifact` whose versions were listed. */
  readonly ranges: ReadonlySet<string>;
}

export function createRememberingSource(source: PomSource): RememberingSource {
  const poms = new OnceByKey<string, PomModel | null>({ keepFailures: true });
  const lists = new OnceByKey<string, readonly string[]>({ keepFailures: true });
  const resolved = new OnceByKey<string, string | null>({ keepFailures: true });
  const remembering: PomSource = {
    read: (group, artifact, version) => poms.get(formatLabel(group, artifact, version), () => source.read(group, artifact, version)),
    versions: (group, artifact) => lists.get(`${group}:${artifact}`, () => source.versions(group, artifact)),
    resolveVersion: (group, artifact, version) =>
      resolved.get(formatLabel(group, artifact, version), () => source.resolveVersion(group, artifact, version)),
  };
  return {
    ...remembering,
    async trace(request, environment, rules, signal) {
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
      await createGraphResolver(traced, environment).resolve(request, { ...rules, prefetch: false, signal });
      return { labels, ranges };
    },
  };
}
