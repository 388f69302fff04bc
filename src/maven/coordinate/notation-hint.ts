/** Names the notations of a coordinate that mixes them: colons are Maven's, and a slash is Clojure's. */
const mixed = /^([\w.-]{1,200})\/([\w.-]{1,200})[:/](\d[\w.-]{0,100})$/;

/** Returns a hint for `org/lib:1.0` and `org/lib/1.0`. */
export function notationHint(text: string): string | undefined {
  const [, group, artifact, version] = mixed.exec(text) ?? [];
  if (group === undefined || artifact === undefined || version === undefined) return undefined;
  return `Write '${group}:${artifact}:${version}', or '${group}/${artifact} ${version}'.`;
}
