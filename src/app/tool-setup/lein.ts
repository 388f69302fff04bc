/**
 * Leiningen: `:mirrors` in the profile `:user`, and for plain http a form in init.clj.
 *
 * Leiningen refuses http repositories, also on this machine: when it starts, it registers a factory for `http` that only fails. The factory in
 * init.clj, which is loaded right after that, allows 127.0.0.1 and localhost and still refuses every other host.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.main/-main`, `leiningen.core.user/init`, `load-profiles`; pomegranate 1.1
 * `mirror-selector-fn` (at most one entry may match a repository).
 */
import { dirname, join } from 'node:path';

import { type Form, isCollection, isSymbol, pairsOf } from '../../maven/build-file/clojure/form.js';
import { proxyMarker } from '../../maven/build-file/model/repository-form.js';
import { compileRegularExpression, RegularExpressionError } from '../../proof/key-map/model/regular-expression.js';
import { isSameUrl, type ProxyAddress, publicRepositories } from './address.js';
import { ClojureText, entryOf, type PlacedMap, shown, urlOfRepository } from './clojure-places.js';
import { environmentProblem, proxyVariableProblems } from './detours.js';
import { blockedAt, type Merge, type SetupProblem, type ToolFile, type ToolPlanner } from './merge.js';
import type { TextEdit } from './text/edit.js';
import { lineEndAt } from './text/text-file.js';

export const planLein: ToolPlanner = (address, { env, homeFolder, file, isThere }) => {
  const folder = file === null ? (env['LEIN_HOME'] ?? join(homeFolder, '.lein')) : dirname(file);
  // Leiningen refuses a profile that is in both places.
  const userFile = join(folder, 'profiles.d', 'user.clj');
  const isApart = file === null && isThere(userFile);
  const path = isApart ? userFile : (file ?? join(folder, 'profiles.clj'));
  const profiles: ToolFile = {
    path,
    encoding: 'utf-8',
    skeleton: '{}\n',
    addition: isApart ? userMap(address) : `{:user\n ${indented(userMap(address), 1)}}`,
    merge: (text) => (isApart ? mergeProfile(text, path, address) : mergeProfiles(text, path, address)),
  };
  const init: ToolFile = {
    path: join(folder, 'init.clj'),
    encoding: 'utf-8',
    skeleton: '',
    addition: wagonForm,
    merge: (text) => mergeInit(text, join(folder, 'init.clj')),
  };
  return {
    files: address.secure ? [profiles] : [profiles, init],
    leftovers: address.secure ? [init] : [],
    variables: [],
    problems: [
      ...(env['LEIN_NO_USER_PROFILES'] === undefined
        ? []
        : [environmentProblem('the variable LEIN_NO_USER_PROFILES makes Leiningen ignore this file', 'Unset it.')]),
      ...(env['LEIN_OFFLINE'] === undefined
        ? []
        : [environmentProblem('the variable LEIN_OFFLINE makes Leiningen offline: it asks no repository', 'Unset it.')]),
      ...proxyVariableProblems(address, env),
    ],
    notes: [
      'The profile :user is left out by `lein with-profile` unless it is named there, and by LEIN_NO_USER_PROFILES.',
      ...(address.secure
        ? ['The JVM must trust the certificate: LEIN_JVM_OPTS=-Djavax.net.ssl.trustStore=FILE with the truststore of the proxy.']
        : []),
    ],
  };
};

/** The form that lets Leiningen use plain http to this machine. */
export const wagonForm = `;; clojars-fetch: allow plain http to this machine, and to no other
(cemerick.pomegranate.aether/register-wagon-factory!
 "http"
 (fn []
   (let [wagon (org.apache.maven.wagon.providers.http.HttpWagon.)]
     (java.lang.reflect.Proxy/newProxyInstance
      (.getClassLoader org.apache.maven.wagon.Wagon)
      (into-array Class [org.apache.maven.wagon.Wagon])
      (reify java.lang.reflect.InvocationHandler
        (invoke [_ _ method args]
          (when (#{"connect" "get" "getIfNewer" "put" "putDirectory" "resourceExists"} (.getName method))
            (let [repository (or (first (filter #(instance? org.apache.maven.wagon.repository.Repository %) args))
                                 (.getRepository wagon))]
              (when-not (#{"127.0.0.1" "localhost"} (.getHost repository))
                (throw (RuntimeException. (str "Tried to use insecure HTTP repository without TLS: " (.getUrl repository)))))))
          (try
            (.invoke method wagon args)
            (catch java.lang.reflect.InvocationTargetException e
              (throw (.getCause e))))))))))
`;

function userMap(address: ProxyAddress): string {
  return `{:mirrors ${indented(mirrorsMap(address), 10)}}`;
}

function mirrorsMap(address: ProxyAddress): string {
  return `{${mirrorEntries(address).join('\n ')}}`;
}

/** `:clojars-fetch/proxy` tells this program that the mirror is itself; Leiningen ignores keys that it does not know. */
function mirrorEntries(address: ProxyAddress, ids: readonly string[] = publicRepositories.map(({ id }) => id)): readonly string[] {
  return publicRepositories
    .filter(({ id }) => ids.includes(id))
    .map(({ id }) => `"${id}" {:name "${id}" :url "${address.urlOf(id)}" :${proxyMarker} true}`);
}

function indented(text: string, columns: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(columns)}`);
}

export function mergeProfiles(text: string, file: string, address: ProxyAddress): Merge {
  const source = new ClojureText(text, file);
  const [first] = source.forms;
  if (first === undefined) return { edits: [{ at: text.length, remove: '', insert: newProfiles(text, address) }], problems: [] };
  const profiles = source.mapOf(first, 'the file');
  if ('message' in profiles) return { edits: [], problems: [profiles] };
  const user = entryOf(profiles.form, 'keyword', 'user');
  if (user === undefined) return { edits: [source.addEntries(profiles, [`:user ${indented(userMap(address), 6)}`])], problems: [] };
  return addToProfile(source, user.value, address);
}

/** Merges a file that is a profile as a whole. */
function mergeProfile(text: string, file: string, address: ProxyAddress): Merge {
  const source = new ClojureText(text, file);
  const [first] = source.forms;
  if (first !== undefined) return addToProfile(source, first, address);
  const problem = blockedAt({ line: 1, column: 1 }, 'the file is empty, which Leiningen refuses', 'Write {} into it, or remove it.');
  return { edits: [], problems: [problem] };
}

function addToProfile(source: ClojureText, form: Form, address: ProxyAddress): Merge {
  const profile = source.mapOf(form, 'the profile :user');
  if ('message' in profile) return { edits: [], problems: [profile] };
  const offline = entryOf(profile.form, 'keyword', 'offline?');
  const problems: readonly SetupProblem[] =
    offline !== undefined && !isSymbol(offline.value, 'false') && !isSymbol(offline.value, 'nil')
      ? [
          {
            ...placeOfForm(offline.key),
            message: 'Leiningen is offline and asks no repository',
            hint: 'Remove :offline? from the profile :user.',
            blocks: false,
          },
        ]
      : [];
  const merged = mergeMirrors(source, profile, address);
  return { edits: merged.edits, problems: [...merged.problems, ...problems] };
}

function newProfiles(text: string, address: ProxyAddress): string {
  const lineEnd = lineEndAt(text, text.length);
  const map = `{:user\n ${indented(userMap(address), 1)}}\n`.replaceAll('\n', lineEnd);
  return text === '' || text.endsWith('\n') ? map : lineEnd + map;
}

function mergeMirrors(source: ClojureText, profile: PlacedMap, address: ProxyAddress): Merge {
  const entry = entryOf(profile.form, 'keyword', 'mirrors');
  if (entry === undefined) return { edits: [source.addEntries(profile, [`:mirrors ${indented(mirrorsMap(address), 9)}`])], problems: [] };
  const mirrors = source.mapOf(entry.value, 'the value of :mirrors');
  if ('message' in mirrors) return { edits: [], problems: [mirrors] };
  const pairs = pairsOf(mirrors.form);
  const missing: string[] = [];
  const problems: SetupProblem[] = [];
  for (const { id, urls } of publicRepositories) {
    const covering = pairs.filter(({ key }) => covers(key, [id, ...urls]));
    const own = covering.find(({ value }) => isSameUrl(urlOfRepository(value) ?? '', address.urlOf(id)));
    if (covering.length === 0) missing.push(id);
    const other = covering.find((pair) => pair !== own);
    if (other !== undefined) problems.push(conflictOf(id, other, own !== undefined));
  }
  const edits: readonly TextEdit[] =
    problems.length > 0 || missing.length === 0 ? [] : [source.addEntries(mirrors, mirrorEntries(address, missing))];
  return { edits, problems };
}

/** Whether a key of `:mirrors` matches a repository. A key that cannot be read may match. */
function covers(key: Form, texts: readonly string[]): boolean {
  if (key.kind === 'string') return texts.some((text) => isSameUrl(key.text, text));
  if (key.kind !== 'regex') return true;
  try {
    const matches = compileRegularExpression(key.text, { ignoreCase: false });
    return texts.some((text) => matches(text) || matches(`${text}/`));
  } catch (error) {
    if (error instanceof RegularExpressionError) return true;
    throw error;
  }
}

function conflictOf(id: string, { key, value }: { readonly key: Form; readonly value: Form }, isDouble: boolean): SetupProblem {
  const name = 'text' in key ? `${key.kind === 'regex' ? '#' : ''}"${shown(key.text)}"` : 'an entry';
  const url = urlOfRepository(value);
  if (isDouble)
    return blockedAt(
      key,
      `the mirror ${name} matches '${id}' too, and Leiningen refuses to choose`,
      'Remove it, or make its pattern leave that out.',
    );
  const isOurs = isCollection(value, 'map') && entryOf(value, 'keyword', proxyMarker) !== undefined;
  return blockedAt(
    key,
    `the mirror ${name} already stands for '${id}'${url === null ? '' : `, at ${shown(url)}`}`,
    isOurs
      ? "Take it out with 'clojars-fetch config lein --undo', or by hand."
      : 'If it is a repository manager that must not be bypassed, let the proxy ask it (--repo). Otherwise remove it.',
  );
}

function placeOfForm({ line, column }: Form): { readonly line: number; readonly column: number } {
  return { line, column };
}

export function mergeInit(text: string, file: string): Merge {
  const source = new ClojureText(text, file);
  const isThere = source.forms.some(
    (form) =>
      isCollection(form, 'list') &&
      form.items[0]?.kind === 'symbol' &&
      form.items[0].text.endsWith('register-wagon-factory!') &&
      form.items[1]?.kind === 'string' &&
      form.items[1].text === 'http',
  );
  if (isThere) return { edits: [], problems: [] };
  const lineEnd = lineEndAt(text, text.length);
  const start = text === '' || text.endsWith('\n') ? '' : lineEnd;
  return { edits: [{ at: text.length, remove: '', insert: start + wagonForm.replaceAll('\n', lineEnd) }], problems: [] };
}
