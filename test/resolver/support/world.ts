/** Small repositories written in tests: POMs by `group:artifact:version`, served from memory, with optional delays. */
import { setTimeout as sleep } from 'node:timers/promises';

import { GraphArtifact, type GraphDependency } from '../../../src/maven/pom/descriptor.js';
import type { PomModel } from '../../../src/maven/pom/model.js';
import { parsePom } from '../../../src/maven/pom/parse.js';
import type { PomSource } from '../../../src/maven/pom/pom-source.js';
import { PomProblemError } from '../../../src/maven/pom/problem.js';
import type { ProfileEnvironment } from '../../../src/maven/pom/profile.js';
import type { ResolvedGraph } from '../../../src/maven/resolver/graph/flatten.js';
import type { CollectRequest } from '../../../src/maven/resolver/graph/request.js';
import { createGraphResolver, type GraphResolver } from '../../../src/maven/resolver/resolve-graph.js';

export const environment: ProfileEnvironment = {
  systemProperties: new Map([
    ['java.version', '17'],
    ['os.name', 'Linux'],
    ['os.arch', 'amd64'],
    ['path.separator', ':'],
    ['env.HOME', '/home/user'],
  ]),
  fileExists: (path) => path === '/there',
};

/** `a:1`, `a:[1,2)` or `x.y:a:1`; without a group it is `g`. Then words: a scope, `optional`, `!excluded`, `type=war`. */
export function dependencyXml(text: string): string {
  const [coordinate = '', ...words] = text.split(' ');
  const parts = coordinate.split(':');
  const [group, artifact, version] = parts.length > 2 ? parts : ['g', ...parts];
  let extra = '';
  let exclusions = '';
  for (const word of words) {
    if (word === 'optional') extra += '<optional>true</optional>';
    else if (word.startsWith('!'))
      exclusions += `<exclusion><groupId>${word.includes(':') ? word.slice(1).split(':')[0] : 'g'}</groupId><artifactId>${word.includes(':') ? word.split(':')[1] : word.slice(1)}</artifactId></exclusion>`;
    else if (word.startsWith('type=')) extra += `<type>${word.slice(5)}</type>`;
    else if (word.startsWith('classifier=')) extra += `<classifier>${word.slice(11)}</classifier>`;
    else extra += `<scope>${word}</scope>`;
  }
  if (exclusions !== '') extra += `<exclusions>${exclusions}</exclusions>`;
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${version === undefined ? '' : `<version>${version}</version>`}${extra}</dependency>`;
}

export interface PomParts {
  readonly dependencies?: readonly string[];
  readonly managed?: readonly string[];
  readonly parent?: string;
  readonly packaging?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly relocation?: string;
  /** Inserted before the end as it is. */
  readonly xml?: string;
}

/** A POM for `a:1` or `x.y:a:1`. */
export function pomXml(name: string, parts: PomParts = {}): string {
  const names = name.split(':');
  const [group, artifact, version] = names.length > 2 ? names : ['g', ...names];
  const [parentGroup, parentArtifact, parentVersion] =
    parts.parent === undefined ? [] : parts.parent.split(':').length > 2 ? parts.parent.split(':') : ['g', ...parts.parent.split(':')];
  const [toGroup, toArtifact, toVersion] = parts.relocation?.split(':') ?? [];
  return [
    '<project><modelVersion>4.0.0</modelVersion>',
    parts.parent === undefined
      ? ''
      : `<parent><groupId>${parentGroup}</groupId><artifactId>${parentArtifact}</artifactId><version>${parentVersion}</version></parent>`,
    `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`,
    parts.packaging === undefined ? '' : `<packaging>${parts.packaging}</packaging>`,
    parts.properties === undefined
      ? ''
      : `<properties>${Object.entries(parts.properties)
          .map(([key, value]) => `<${key}>${value}</${key}>`)
          .join('')}</properties>`,
    parts.relocation === undefined
      ? ''
      : `<distributionManagement><relocation><groupId>${toGroup}</groupId><artifactId>${toArtifact}</artifactId><version>${toVersion}</version></relocation></distributionManagement>`,
    parts.managed === undefined
      ? ''
      : `<dependencyManagement><dependencies>${parts.managed.map(dependencyXml).join('')}</dependencies></dependencyManagement>`,
    parts.dependencies === undefined ? '' : `<dependencies>${parts.dependencies.map(dependencyXml).join('')}</dependencies>`,
    `${parts.xml ?? ''}</project>`,
  ].join('');
}

export class World implements PomSource {
  readonly files = new Map<string, Uint8Array>();
  readonly reads: string[] = [];
  /** Milliseconds before an answer; 0 answers at once. */
  delay: () => number = () => 0;
  /** Whether a POM is there without waiting. */
  isThere: (name: string) => boolean = () => false;

  constructor(poms: Readonly<Record<string, PomParts | string>> = {}) {
    for (const [name, parts] of Object.entries(poms)) this.add(name, parts);
  }

  add(name: string, parts: PomParts | string = {}): void {
    const key = name.split(':').length > 2 ? name : `g:${name}`;
    this.files.set(key, new TextEncoder().encode(typeof parts === 'string' ? parts : pomXml(name, parts)));
  }

  async read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    const key = `${group}:${artifact}:${version}`;
    this.reads.push(key);
    await this.wait();
    const bytes = this.files.get(key);
    return bytes === undefined ? null : parsePom(bytes, key);
  }

  readNow(group: string, artifact: string, version: string): PomModel | undefined {
    const key = `${group}:${artifact}:${version}`;
    const bytes = this.files.get(key);
    if (bytes === undefined || !this.isThere(key)) return undefined;
    try {
      const model = parsePom(bytes, key);
      this.reads.push(key);
      return model;
    } catch (error) {
      if (error instanceof PomProblemError) return undefined;
      throw error;
    }
  }

  async versions(group: string, artifact: string): Promise<readonly string[]> {
    await this.wait();
    const prefix = `${group}:${artifact}:`;
    return [...this.files.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  /** The newest version is the last that was written. */
  async resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    if (version !== 'RELEASE' && version !== 'LATEST') return version;
    return (await this.versions(group, artifact)).at(-1) ?? null;
  }

  resolver(): GraphResolver {
    return createGraphResolver(this, environment);
  }

  /** Resolves dependencies written as in {@link dependencyXml}, without words. */
  resolve(...names: string[]): Promise<ResolvedGraph> {
    return this.resolver().resolve(request(...names));
  }

  private async wait(): Promise<void> {
    const ms = this.delay();
    if (ms > 0) await sleep(ms);
  }
}

export function artifact(name: string): GraphArtifact {
  const parts = name.split(':');
  const [group = '', id = '', version = ''] = parts.length > 2 ? parts : ['g', ...parts];
  return new GraphArtifact(group, id, 'jar', '', version);
}

export function dependency(name: string, scope = 'compile'): GraphDependency {
  return { artifact: artifact(name), scope, optional: undefined, exclusions: [] };
}

export function request(...names: string[]): CollectRequest {
  return { root: null, dependencies: names.map((name) => dependency(name)), managed: [] };
}

/** `a:1`, in order; other scopes than compile after a slash. */
export function names(graph: ResolvedGraph): string[] {
  return graph.nodes.map(
    ({ node }) => `${node.artifact?.artifact}:${node.artifact?.version}${node.scope === 'compile' ? '' : `/${node.scope}`}`,
  );
}
