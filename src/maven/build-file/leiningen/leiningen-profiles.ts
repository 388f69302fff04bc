/**
 * Profiles of a project.clj: which are active, in which order, and what each contains.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.project`: `read-profiles`, `expand-profile*`, `lookup-profile*`,
 * `init-profiles`; `leiningen.with-profile/profiles-in-group` for profiles that were chosen.
 */
import { escapeForDisplay } from '../../../base/escape.js';
import { fileError } from '../clojure/clojure-reader.js';
import { type Form, isCollection, isSymbol, literalOf, pairsOf } from '../clojure/form.js';
import { type Marks, marksOf, pickMarked, unmarked } from '../clojure/marked.js';
import type { Findings } from '../model/findings.js';
import { defaultProfiles, profileScopes, unwrittenProfiles } from './leiningen-defaults.js';
import { mergeSettings, readSettings, type Settings, sizeOf, withScope } from './leiningen-settings.js';

/** A profile as written, with the findings of its file. */
export interface ProfileForm {
  readonly form: Form;
  readonly findings: Findings;
}

/** Settings of a profile, and the scope that its metadata gives to its dependencies. */
interface Profile {
  readonly settings: Settings;
  /** Undefined if there is no metadata; null if the metadata sets no scope. */
  readonly scope: string | null | undefined;
}

/** The project with some of the profiles applied, and with their marks. */
type Applied = Marks & { readonly settings: Settings };

/** A name after expansion, with the scope of its composite profile. */
type Expanded = Map<string, string | null | undefined>;

const empty: Profile = { settings: {}, scope: undefined };
/** Maximum nesting depth of profiles; real files have three or four levels. */
const maxDepth = 100;
/** Maximum number of items in all merges together; real projects need a few thousand. */
const maxMerged = 4_000_000;

export class LeiningenProfiles {
  readonly #profiles: ReadonlyMap<string, ProfileForm>;
  readonly #own: Findings;
  readonly #contents = new Map<string, Profile>();
  readonly #used = new Set<Findings>();
  readonly #noted = new Set<Form>();
  #merged = 0;

  constructor(profiles: ReadonlyMap<string, ProfileForm>, own: Findings) {
    this.#profiles = profiles;
    this.#own = own;
  }

  /** Findings of every file that holds an applied profile. */
  get used(): ReadonlySet<Findings> {
    return this.#used;
  }

  /** Returns the project's settings with the default profiles and the selected ones applied. */
  apply(project: Settings, chosen: readonly string[]): Settings {
    for (const name of chosen) this.#requireKnown(name);
    let applied: Applied = { settings: project, ...unmarked };
    for (const [name, inherited] of this.#effective(chosen)) {
      const form = this.#profiles.get(name)?.form;
      const profile = this.#contentOf(name, new Set());
      const scope = inherited === undefined ? profile.scope : inherited;
      const settings = scope === undefined || scope === null ? profile.settings : withScope(profile.settings, scope);
      const marks = form === undefined ? unmarked : marksOf(form);
      const added = { settings, ...marks };
      const next = pickMarked(applied, added)?.settings ?? this.#merge(applied.settings, settings);
      // Unlike a list, the project keeps the marks of the profiles: after `^:replace {…}`, other profiles have no effect.
      applied = { settings: next, displace: applied.displace || marks.displace, replace: applied.replace || marks.replace };
    }
    return applied.settings;
  }

  #requireKnown(name: string): void {
    if (this.#profiles.has(name) || unwrittenProfiles.has(name)) return;
    const known = [...this.#profiles.keys()].map((other) => escapeForDisplay(other, 60)).join(', ');
    this.#own.refuse({ line: 1, column: 1 }, `unknown profile '${escapeForDisplay(name, 60)}'; profiles: ${known}`);
  }

  /**
   * Returns the names of the profiles to apply, in order. If a name expands twice, its last position counts. The selected profiles follow
   * the default ones, as in `with-profile +name`: that expands all names first, so a profile keeps its first position, and a composite
   * profile does not pass its scope on.
   */
  #effective(chosen: readonly string[]): Expanded {
    const active = this.#expanded('default');
    if (chosen.length === 0) return active;
    const names = [...active.keys(), ...chosen.flatMap((name) => [...this.#expanded(name).keys()])];
    return new Map(names.map((name) => [name, undefined]));
  }

  /** Expands from the end, so that the first occurrence found is the last position. */
  #expanded(name: string): Expanded {
    const found: [string, string | null | undefined][] = [];
    const seen = new Set<string>();
    const visit = (part: string, inherited: string | null | undefined, depth: number): void => {
      if (depth > maxDepth) this.#refuseDepth();
      if (seen.has(part)) return;
      seen.add(part);
      const parts = this.#partsOf(part);
      if (parts === null) found.push([part, inherited]);
      else {
        const own = this.#scopeOf(part);
        for (const each of [...parts].reverse()) visit(each, own === undefined ? inherited : own, depth + 1);
      }
    };
    visit(name, undefined, 0);
    return new Map(found.reverse());
  }

  /** Returns the names that make up a composite profile; null for any other profile. */
  #partsOf(name: string): readonly string[] | null {
    const written = this.#profiles.get(name)?.form;
    if (written === undefined) {
      if (name === 'default') return ['leiningen/default'];
      return name === 'leiningen/default' ? defaultProfiles : null;
    }
    const form = literalOf(written);
    if (form?.kind === 'keyword') return [form.text];
    if (!isCollection(form, 'vector')) return null;
    const parts = form.items.map((item) => ({ item, part: literalOf(item) }));
    if (parts.some(({ part }) => isCollection(part, 'map', 'vector'))) return null;
    return parts.flatMap(({ item, part }) => {
      if (part?.kind === 'keyword') return [part.text];
      this.#noteOpaque(name, item);
      return [];
    });
  }

  /** Returns the scope in the metadata of a profile (`^{:pom-scope :test}`), otherwise Leiningen's scope for its name. */
  #scopeOf(name: string): string | null | undefined {
    const form = this.#profiles.get(name)?.form;
    if (form === undefined) return undefined;
    const written = writtenScope(form);
    return written === undefined ? profileScopes.get(name) : written;
  }

  #contentOf(name: string, open: ReadonlySet<string>): Profile {
    const known = this.#contents.get(name);
    if (known !== undefined) return known;
    const profile = this.#profiles.get(name);
    // Breaks a cycle; Leiningen overflows its stack.
    if (profile === undefined || open.has(name)) return empty;
    this.#used.add(profile.findings);
    const content = this.#read(profile.form, name, profile.findings, new Set([...open, name]));
    const isComposite = isCollection(literalOf(profile.form), 'vector');
    const result = isComposite ? content : { ...content, scope: this.#scopeOf(name) };
    this.#contents.set(name, result);
    return result;
  }

  #read(written: Form, name: string, findings: Findings, open: ReadonlySet<string>): Profile {
    if (open.size > maxDepth) this.#refuseDepth();
    const form = literalOf(written);
    if (isCollection(form, 'map')) return { settings: readSettings(form, findings), scope: writtenScope(written) };
    if (form?.kind === 'keyword') return this.#contentOf(form.text, open);
    if (isCollection(form, 'vector')) {
      return form.items
        .map((part) => this.#read(part, name, findings, open))
        .reduce<Profile>((all, part) => ({ settings: this.#merge(all.settings, part.settings), scope: part.scope ?? all.scope }), empty);
    }
    if (!isSymbol(form, 'nil')) this.#noteOpaque(name, written);
    return empty;
  }

  /** Reports a profile, or a part of one, that is known only to a running build. */
  #noteOpaque(name: string, form: Form): void {
    const findings = this.#profiles.get(name)?.findings ?? this.#own;
    this.#used.add(findings);
    if (!this.#noted.has(form)) findings.noteNotOurs(`the profile :${escapeForDisplay(name, 60)}`, 'opaque', form);
    this.#noted.add(form);
  }

  #merge(earlier: Settings, later: Settings): Settings {
    this.#merged += sizeOf(earlier) + sizeOf(later);
    if (this.#merged > maxMerged)
      throw fileError(this.#own.file, { line: 1, column: 1 }, `its profiles merge more than ${maxMerged} entries`, 'too-large');
    return mergeSettings(earlier, later);
  }

  #refuseDepth(): never {
    throw fileError(this.#own.file, { line: 1, column: 1 }, `its profiles are nested deeper than ${maxDepth}`, 'too-deep');
  }
}

function writtenScope(form: Form): string | null | undefined {
  for (const meta of form.meta ?? []) {
    if (meta.kind !== 'map') continue;
    const value = pairsOf(meta).find(({ key }) => key.kind === 'keyword' && key.text === 'pom-scope')?.value;
    if (value !== undefined) return value.kind === 'keyword' || value.kind === 'string' ? value.text : null;
  }
  return undefined;
}

/** Adds the profiles of a map; a later profile replaces an earlier one as a whole. */
export function addProfiles(profiles: Map<string, ProfileForm>, form: Form | undefined, findings: Findings): void {
  if (form === undefined) return;
  const map = literalOf(form);
  if (!isCollection(map, 'map')) {
    findings.noteNotOurs(':profiles', 'opaque', form);
    return;
  }
  for (const { key, value } of pairsOf(map)) if (key.kind === 'keyword') profiles.set(key.text, { form: value, findings });
}
