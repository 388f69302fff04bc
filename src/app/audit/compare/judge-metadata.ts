/** Compares the metadata of a place with that of the origin: whether it is another one, or only an older one. Pure. */
import { type Metadata, parseMetadata } from '../../../maven/metadata/metadata.js';
import { MetadataError } from '../../../maven/metadata/metadata-error.js';
import type { Facts } from '../contract.js';

export type MetadataVerdict =
  | { readonly kind: 'same' }
  /** It could have been the metadata of the origin before. */
  | { readonly kind: 'older'; readonly expected: Facts; readonly found: Facts }
  | { readonly kind: 'other'; readonly expected: Facts; readonly found: Facts };

const mostNames = 10;

/** @param known versions that the origin is known to have, besides those that its metadata names */
export function judgeMetadata(found: Uint8Array, expected: Uint8Array, known: readonly string[]): MetadataVerdict {
  if (Buffer.compare(found, expected) === 0) return { kind: 'same' };
  const [here, there] = [read(found), read(expected)];
  // No client can read the metadata of the origin: that the bytes differ is all that can be said.
  if (there === null) return { kind: 'other', expected: { isMetadata: false }, found: { isMetadata: here !== null } };
  if (here === null) return { kind: 'other', expected: factsOf(there), found: { isMetadata: false } };
  const [has, may] = [namesOf(here), new Set([...namesOf(there), ...known])];
  const strange = [...has].filter((name) => !may.has(name));
  const lacks = [...namesOf(there)].filter((name) => !has.has(name));
  const facts = {
    expected: { ...factsOf(there), lacking: list(lacks) },
    found: { ...factsOf(here), strange: list(strange) },
  };
  const isOther = strange.length > 0 || here.group !== there.group || here.artifact !== there.artifact || isYounger(here, there);
  const isOlder = lacks.length > 0 || isYounger(there, here);
  return { kind: isOther || !isOlder ? 'other' : 'older', ...facts };
}

function isYounger(one: Metadata, other: Metadata): boolean {
  return (one.lastUpdated ?? '') > (other.lastUpdated ?? '');
}

function namesOf({ versions, snapshotVersions }: Metadata): ReadonlySet<string> {
  return new Set([...versions, ...snapshotVersions.map(({ value, classifier, extension }) => `${value} ${classifier} ${extension}`)]);
}

function factsOf({ versions, lastUpdated, release }: Metadata): Facts {
  return { versions: versions.length, lastUpdated, release };
}

function list(names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  return names.slice(0, mostNames).join(', ') + more;
}

function read(bytes: Uint8Array): Metadata | null {
  try {
    return parseMetadata(bytes);
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}
