/**
 * Writes Gradle's verification-metadata.xml, byte for byte as Gradle does: its order, three spaces per level, self-closing empty elements,
 * a line feed at the end.
 *
 * Source of the rule: Gradle 9, `DependencyVerificationsXmlWriter`, `SimpleMarkupWriter`.
 */
import {
  type GradleArtifact,
  type GradleChecksum,
  type GradleIgnoredKey,
  type GradlePattern,
  type GradleTrustedKey,
  normalizeVerificationMetadata,
  type VerificationMetadata,
} from './verification-metadata.js';

type Attributes = readonly (readonly [name: string, value: string | null])[];
interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly content: string | readonly Element[];
}

const schema = 'https://schema.gradle.org/dependency-verification';

/** Formats the file. The parts are always written in Gradle's order, so reading and writing again changes nothing. */
export function formatVerificationMetadata(metadata: VerificationMetadata): string {
  const normal = normalizeVerificationMetadata(metadata);
  const root: Element = {
    name: 'verification-metadata',
    attributes: [
      ['xmlns', schema],
      ['xmlns:xsi', 'http://www.w3.org/2001/XMLSchema-instance'],
      ['xsi:schemaLocation', `${schema} ${schema}/dependency-verification-${needsNewest(normal) ? '1.4' : '1.3'}.xsd`],
    ],
    content: [configuration(normal), { name: 'components', attributes: [], content: normal.components.map(component) }],
  };
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', ...normal.comments.map(comment)];
  write(root, '', lines);
  return `${lines.join('\n')}\n`;
}

/** Keys have an origin and a reason since 1.4. */
function needsNewest({ trustedKeys, components }: VerificationMetadata): boolean {
  const documented = (key: { readonly origin: string | null; readonly reason: string | null }): boolean =>
    key.origin !== null || key.reason !== null;
  return trustedKeys.some(documented) || components.some(({ artifacts }) => artifacts.some(({ pgp }) => pgp.some(documented)));
}

function configuration(metadata: VerificationMetadata): Element {
  const { keyringFormat, keyServers, trustedArtifacts, ignoredKeys, trustedKeys } = metadata;
  const content: Element[] = [
    textElement('verify-metadata', String(metadata.verifyMetadata)),
    textElement('verify-signatures', String(metadata.verifySignatures)),
  ];
  if (keyringFormat !== null) content.push(textElement('keyring-format', keyringFormat));
  if (keyServers.uris.length > 0 || !keyServers.enabled) {
    const servers = keyServers.uris.map((uri): Element => ({ name: 'key-server', attributes: [['uri', uri]], content: [] }));
    content.push({ name: 'key-servers', attributes: [['enabled', keyServers.enabled ? null : 'false']], content: servers });
  }
  if (trustedArtifacts.length > 0) {
    const trusted = trustedArtifacts.map((artifact): Element => ({
      name: 'trust',
      attributes: [...coordinates(artifact), ['reason', artifact.reason]],
      content: [],
    }));
    content.push({ name: 'trusted-artifacts', attributes: [], content: trusted });
  }
  if (ignoredKeys.length > 0) content.push(ignored(ignoredKeys));
  if (trustedKeys.length > 0) content.push({ name: 'trusted-keys', attributes: [], content: byId(trustedKeys).map(trustedKey) });
  return { name: 'configuration', attributes: [], content };
}

function textElement(name: string, content: string): Element {
  return { name, attributes: [], content };
}

function coordinates(pattern: GradlePattern): Attributes {
  return [
    ['group', pattern.group],
    ['name', pattern.name],
    ['version', pattern.version],
    ['file', pattern.file],
    ['regex', pattern.regex ? 'true' : null],
  ];
}

function ignored(keys: readonly GradleIgnoredKey[]): Element {
  return {
    name: 'ignored-keys',
    attributes: [],
    content: keys.map((key): Element => ({
      name: 'ignored-key',
      attributes: [
        ['id', key.id],
        ['reason', key.reason],
      ],
      content: [],
    })),
  };
}

/** The keys are sorted, so entries of one key are adjacent. */
function byId(keys: readonly GradleTrustedKey[]): readonly (readonly GradleTrustedKey[])[] {
  const groups = new Map<string, GradleTrustedKey[]>();
  for (const key of keys) groups.set(key.id, [...(groups.get(key.id) ?? []), key]);
  return [...groups.values()];
}

function trustedKey(keys: readonly GradleTrustedKey[]): Element {
  const [first] = keys;
  const id = first?.id ?? '';
  if (first !== undefined && keys.length === 1)
    return {
      name: 'trusted-key',
      attributes: [['id', id], ...coordinates(first), ['origin', first.origin], ['reason', first.reason]],
      content: [],
    };
  const origin = inheritable(keys.map((key) => key.origin));
  const reason = inheritable(keys.map((key) => key.reason));
  const trusting = keys.map((key): Element => ({
    name: 'trusting',
    attributes: [
      ...coordinates(key),
      ['origin', key.origin === origin ? null : key.origin],
      ['reason', key.reason === reason ? null : key.reason],
    ],
    content: [],
  }));
  return {
    name: 'trusted-key',
    attributes: [
      ['id', id],
      ['origin', origin],
      ['reason', reason],
    ],
    content: trusting,
  };
}

/** Writes an attribute once, on the key, when most of its entries share it. If an entry lacks it, writes it per entry: the format cannot express "none". */
function inheritable(values: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value === null) return null;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let best: string | null = null;
  for (const [value, count] of counts) {
    const most = best === null ? 1 : (counts.get(best) ?? 0);
    if (count > most || (count === most && best !== null && value > best)) best = value;
  }
  return best;
}

function component({ group, name, version, artifacts }: VerificationMetadata['components'][number]): Element {
  return {
    name: 'component',
    attributes: [
      ['group', group],
      ['name', name],
      ['version', version],
    ],
    content: artifacts.map(artifact),
  };
}

function artifact({ name, pgp, ignoredKeys, checksums }: GradleArtifact): Element {
  const content = pgp.map((key): Element => ({
    name: 'pgp',
    attributes: [
      ['value', key.id],
      ['origin', key.origin],
      ['reason', key.reason],
    ],
    content: [],
  }));
  if (ignoredKeys.length > 0) content.push(ignored(ignoredKeys));
  return { name: 'artifact', attributes: [['name', name]], content: [...content, ...checksums.map(checksum)] };
}

function checksum({ kind, value, alternatives, origin, reason }: GradleChecksum): Element {
  const content = alternatives.map((other): Element => ({ name: 'also-trust', attributes: [['value', other]], content: [] }));
  return {
    name: kind,
    attributes: [
      ['value', value],
      ['origin', origin],
      ['reason', reason],
    ],
    content,
  };
}

function write(element: Element, indent: string, lines: string[]): void {
  const attributes = element.attributes.map(([name, value]) => (value === null ? '' : ` ${name}="${escape(value)}"`)).join('');
  const start = `${indent}<${element.name}${attributes}`;
  if (element.content.length === 0) lines.push(`${start}/>`);
  else if (typeof element.content === 'string') lines.push(`${start}>${escape(element.content)}</${element.name}>`);
  else {
    lines.push(`${start}>`);
    for (const child of element.content) write(child, `${indent}   `, lines);
    lines.push(`${indent}</${element.name}>`);
  }
}

const escapes: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/**
 * Escapes as Gradle does: a character that XML does not allow becomes a question mark, one outside the basic plane a character reference.
 */
function escape(text: string): string {
  return text
    .replace(/[<>&"\t\n\r]/g, (character) => escapes[character] ?? character)
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '?',
    )
    .replace(
      /[\u007f-\u0084\u0086-\u009f]|[\ud800-\udbff][\udc00-\udfff]/g,
      (character) => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`,
    );
}

/** XML cannot express two hyphens within a comment. */
function comment(text: string): string {
  return `<!--${text.replace(/-(?=-)/g, '- ').replace(/-$/, '- ')}-->`;
}
