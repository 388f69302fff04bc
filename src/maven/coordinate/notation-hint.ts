/** Names the notations of a coordinate that mixes them: colons are Maven's, and a slash is Clojure's. */
const mixed = /^([\w.-]{1,200})\/([\w.-]{1,200})[:/](\d[\w.-]{0,100})$/;

/** A name without its artifact, as in `lib//1.0`: libraries are often named like their group. */
const withoutArtifact = /^([\w.-]{1,200})\/\/(\d[\w.-]{0,100})$/;

/** Returns a hint for `org/lib:1.0`, `org/lib/1.0` and `lib//1.0`. */
export function notationHint(text: string): string | undefined {
  const [, name, ownVersion] = withoutArtifact.exec(text) ?? [];
  const [, group = name, artifact = name, version = ownVersion] = mixed.exec(text) ?? [];
  if (group === undefined || artifact === undefined || version === undefined) return undefined;
  return `Write '${group}:${artifact}:${version}', or '${group}/${artifact} ${version}'.`;
}
