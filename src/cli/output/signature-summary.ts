/** Counts signature warnings: most files of a closure are not signed, and a line for each would bury other warnings. */

const kinds: Readonly<Record<string, string>> = {
  'signature-missing': 'not signed',
  'signature-unknown': 'perhaps signed: no source that would know could be reached',
  'signature-unknown-key': 'signed by keys that are in no keyring',
  'signature-untrusted': 'signed by keys that are not trusted',
  'signature-expired': 'signed by keys that had expired',
  'signature-weak': 'signed with weak algorithms',
};

/** Counts a signature warning; returns false for any other warning. */
export function countSignature(counts: Map<string, number>, warning: string): boolean {
  if (!Object.hasOwn(kinds, warning)) return false;
  counts.set(warning, (counts.get(warning) ?? 0) + 1);
  return true;
}

/** Summarizes the counts in one line; null if there are none. */
export function formatSignatureSummary(counts: ReadonlyMap<string, number>): string | null {
  const parts = Object.entries(kinds).flatMap(([kind, text]) => {
    const count = counts.get(kind);
    return count === undefined ? [] : [`${count} ${count === 1 ? 'is' : 'are'} ${text}`];
  });
  return parts.length === 0 ? null : `of the files, ${parts.join('; ')} (--verbose names them)`;
}
