/**
 * Simulates how Boot and tools.deps read a local repository offline: a separate walk over the files by Maven Resolver's rules, sharing no
 * code with this package. Source of the rule: Resolver 1.4 `EnhancedLocalRepositoryManager.find`, `DefaultVersionRangeResolver`,
 * `DefaultVersionResolver`; pomegranate 1.1 (Boot) and tools.deps pass it their repositories by id.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

interface Wanted {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

/** Every file read, relative to the local repository. Throws, naming the file, if a tool would have to go online. */
export class OfflineTool {
  readonly read = new Set<string>();

  constructor(
    private readonly localRepository: string,
    /** Ids of the repositories that the tool has. */
    private readonly ids: readonly string[],
  ) {}

  /**
   * Reads the POMs of everything below the roots, with parents and BOMs, and the metadata of ranges and snapshots.
   * @param rule `every`: all versions, as Resolver; `newest`: like tools.deps, only versions newer than those read so far
   */
  collect(roots: readonly Wanted[], rule: 'every' | 'newest' = 'every'): void {
    const queue = [...roots];
    const seen = new Set<string>();
    const newest = new Map<string, number>();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const name = `${next.group}:${next.artifact}`;
      for (const version of rule === 'every' ? this.versionsOf(next) : this.versionsOf(next).slice(-1)) {
        const key = `${name}:${version}`;
        if (seen.has(key)) continue;
        seen.add(key);
        if (rule === 'newest' && Number.parseFloat(version) <= (newest.get(name) ?? -1)) continue;
        newest.set(name, Number.parseFloat(version));
        const text = this.pom({ ...next, version });
        const managed = this.managementOf(text);
        for (const dependency of dependenciesOf(without(text, 'dependencyManagement'))) {
          const chosen = dependency.version === '' ? managed.get(`${dependency.group}:${dependency.artifact}`) : dependency.version;
          if (chosen === undefined) throw new Error(`${key}: no version for ${dependency.artifact}`);
          queue.push({ ...dependency, version: chosen });
        }
      }
    }
  }

  jar(wanted: Wanted): Buffer {
    return this.artifact(wanted, 'jar');
  }

  private pom(wanted: Wanted): string {
    return this.artifact(wanted, 'pom').toString();
  }

  private managementOf(text: string): Map<string, string> {
    const managed = new Map<string, string>();
    const parent = element(text, 'parent');
    if (parent !== undefined) for (const [name, version] of this.managementOf(this.pom(wantedOf(parent)))) managed.set(name, version);
    for (const entry of dependenciesOf(element(text, 'dependencyManagement') ?? '')) {
      if (!entry.isImport) managed.set(`${entry.group}:${entry.artifact}`, entry.version);
      else for (const [name, version] of this.managementOf(this.pom(entry))) managed.set(name, version);
    }
    return managed;
  }

  /** A range needs the metadata of a repository that the tool has; offline and online alike the file on disk is read. */
  private versionsOf({ group, artifact, version }: Wanted): readonly string[] {
    const range = /^\[(\d+),(\d+)\)$/.exec(version);
    if (range === null) return [version];
    const text = this.metadata(`${group.replaceAll('.', '/')}/${artifact}`);
    return elements(text, 'version').filter(
      (one) => Number.parseFloat(one) >= Number(range[1]) && Number.parseFloat(one) < Number(range[2]),
    );
  }

  private metadata(folder: string): string {
    const found = this.ids.map((id) => `${folder}/maven-metadata-${id}.xml`).filter((path) => existsSync(join(this.localRepository, path)));
    if (found.length === 0) throw new Error(`${folder} has no metadata of ${this.ids.join(', ')}`);
    return found.map((path) => this.bytes(path).toString()).join('\n');
  }

  private artifact({ group, artifact, version }: Wanted, extension: string): Buffer {
    const folder = `${group.replaceAll('.', '/')}/${artifact}/${version}`;
    let fileVersion = version;
    if (version.endsWith('-SNAPSHOT')) {
      const snapshots = elements(this.metadata(folder), 'snapshotVersion').filter(
        (one) => element(one, 'extension') === extension && element(one, 'classifier') === undefined,
      );
      fileVersion = element(snapshots[0] ?? '', 'value') ?? version;
    }
    const path = `${folder}/${artifact}-${fileVersion}.${extension}`;
    const bytes = this.bytes(path);
    const tracked = this.trackedIds(path);
    if (tracked !== null && !tracked.some((id) => this.ids.includes(id)))
      throw new Error(`${path} is tracked under ${tracked.join(', ')}, the tool has ${this.ids.join(', ')}`);
    return bytes;
  }

  /** Null: the file is not mentioned, or was installed here; in both cases it may be used. */
  private trackedIds(path: string): readonly string[] | null {
    const file = join(this.localRepository, dirname(path), '_remote.repositories');
    const lines = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : [];
    const ids = lines.flatMap((line) =>
      line.startsWith(`${basename(path)}>`) ? [line.slice(basename(path).length + 1).replace(/=\s*$/, '')] : [],
    );
    return ids.length === 0 || ids.includes('') ? null : ids;
  }

  private bytes(path: string): Buffer {
    this.read.add(path);
    return readFileSync(join(this.localRepository, path));
  }
}

function element(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(text)?.[1]?.trim();
}

function elements(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map((match) => match[1]?.trim() ?? '');
}

function without(text: string, name: string): string {
  return text.replace(new RegExp(`<${name}>[\\s\\S]*?</${name}>`), '');
}

function wantedOf(text: string): Wanted {
  return { group: element(text, 'groupId') ?? '', artifact: element(text, 'artifactId') ?? '', version: element(text, 'version') ?? '' };
}

function dependenciesOf(text: string): readonly (Wanted & { readonly isImport: boolean })[] {
  return elements(text, 'dependency').map((one) => ({ ...wantedOf(one), isImport: element(one, 'scope') === 'import' }));
}
