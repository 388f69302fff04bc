/** Parses Gradle's verification-metadata.xml. */
import { escapeForDisplay } from '../../../base/escape.js';
import { decodeXml } from '../../../base/xml/decode.js';
import { childrenOf, parseXml, type XmlElement } from '../../../base/xml/xml.js';
import { XmlError } from '../../../base/xml/xml-error.js';
import { fingerprintRule, parseKeyId } from '../model/key-fingerprint.js';
import { keyMapError, maxKeyMapBytes } from '../model/key-map-error.js';
import {
  emptyVerificationMetadata,
  type GradleArtifact,
  type GradleChecksum,
  type GradleChecksumKind,
  gradleChecksumKinds,
  type GradleComponent,
  type GradleIgnoredKey,
  type GradlePattern,
  type GradleTrustedKey,
  normalizeVerificationMetadata,
  type VerificationMetadata,
} from './verification-metadata.js';

/**
 * Parses the file into its normal form. Skips elements and attributes that Gradle does not know, as Gradle does with those of other
 * namespaces; an unknown element inside an artifact is an error, as in Gradle.
 * @param source name for messages
 * @throws ClojarsFetchError ERR_CONFIG, reason `bad-value`, with the line
 */
export function parseVerificationMetadata(bytes: Uint8Array | string, source: string): VerificationMetadata {
  const root = readRoot(bytes, source);
  const reader = new Reader(source);
  if (root.local !== 'verification-metadata') throw reader.error(root, `<${escapeForDisplay(root.name)}> is not <verification-metadata>`);
  const configuration = childrenOf(root, 'configuration').flatMap((element) => element.children);
  const named = (local: string): readonly XmlElement[] => configuration.filter((element) => element.local === local);
  const inside = (outer: string, inner: string): readonly XmlElement[] => named(outer).flatMap((element) => childrenOf(element, inner));
  const components = childrenOf(root, 'components').flatMap((element) => childrenOf(element, 'component'));
  return normalizeVerificationMetadata({
    comments: topLevelComments(bytes),
    verifyMetadata: reader.truth(named('verify-metadata').at(-1), emptyVerificationMetadata.verifyMetadata),
    verifySignatures: reader.truth(named('verify-signatures').at(-1), emptyVerificationMetadata.verifySignatures),
    keyringFormat: reader.keyringFormat(named('keyring-format').at(-1)),
    keyServers: {
      enabled:
        (
          named('key-servers')
            .map((element) => reader.optional(element, 'enabled'))
            .findLast((value) => value !== null) ?? 'true'
        ).toLowerCase() === 'true',
      uris: inside('key-servers', 'key-server').map((element) => reader.required(element, 'uri')),
    },
    trustedArtifacts: inside('trusted-artifacts', 'trust').map((element) => ({
      ...reader.pattern(element),
      reason: reader.optional(element, 'reason'),
    })),
    ignoredKeys: inside('ignored-keys', 'ignored-key').map((element) => reader.ignoredKey(element)),
    trustedKeys: inside('trusted-keys', 'trusted-key').flatMap((element) => reader.trustedKeys(element)),
    components: components.map((element) => reader.component(element)),
  });
}

function readRoot(bytes: Uint8Array | string, source: string): XmlElement {
  try {
    return parseXml(bytes, { maxBytes: maxKeyMapBytes, maxDepth: 20, maxNodes: 2_000_000, maxTextLength: 64 * 1024 });
  } catch (error) {
    if (error instanceof XmlError)
      throw keyMapError(source, '', error.message, 'It must be XML as Gradle writes it to gradle/verification-metadata.xml.', error);
    throw error;
  }
}

/** Returns the comments before the root element, such as a license or a warning. Gradle keeps them, and so does rewriting the file here. */
function topLevelComments(bytes: Uint8Array | string): readonly string[] {
  const text = typeof bytes === 'string' ? bytes : decodeXml(bytes);
  const comments: string[] = [];
  const item = /\s*(?:<\?[^]*?\?>|<!--([^]*?)-->)/y;
  item.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  for (let match = item.exec(text); match !== null; match = item.exec(text))
    if (match[1] !== undefined) comments.push(match[1].replace(/\r\n?/g, '\n'));
  return comments;
}

class Reader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  error(element: XmlElement, problem: string, hint?: string): Error {
    return keyMapError(this.#source, `line ${element.line}`, problem, hint);
  }

  optional(element: XmlElement, name: string): string | null {
    return element.attributes[name] ?? null;
  }

  required(element: XmlElement, name: string): string {
    const value = element.attributes[name];
    if (value === undefined) throw this.error(element, `<${escapeForDisplay(element.name)}> has no attribute ${name}`);
    return value;
  }

  truth(element: XmlElement | undefined, byDefault: boolean): boolean {
    return element === undefined ? byDefault : element.text.trim().toLowerCase() === 'true';
  }

  keyringFormat(element: XmlElement | undefined): 'armored' | 'binary' | null {
    const text = element?.text.trim().toLowerCase();
    if (element === undefined || text === undefined) return null;
    if (text !== 'armored' && text !== 'binary')
      throw this.error(element, `<keyring-format> is ${escapeForDisplay(text)}, not armored or binary`);
    return text;
  }

  pattern(element: XmlElement): GradlePattern {
    const pattern = this.#patternOrNull(element);
    if (pattern === null) throw this.error(element, `<${escapeForDisplay(element.name)}> has none of group, name, version and file`);
    return pattern;
  }

  #patternOrNull(element: XmlElement): GradlePattern | null {
    const [group, name, version, file] = ['group', 'name', 'version', 'file'].map((attribute) => this.optional(element, attribute));
    if (group == null && name == null && version == null && file == null) return null;
    return {
      group: group ?? null,
      name: name ?? null,
      version: version ?? null,
      file: file ?? null,
      regex: this.optional(element, 'regex')?.toLowerCase() === 'true',
    };
  }

  ignoredKey(element: XmlElement): GradleIgnoredKey {
    const text = this.required(element, 'id');
    const id = parseKeyId(text);
    if (id === null) throw this.error(element, `the ignored key ${escapeForDisplay(text)} is neither a key ID nor a fingerprint`);
    return { id, reason: this.optional(element, 'reason') };
  }

  /** Accepts key IDs too: the rest of such a file, above all its checksums, is still useful. */
  #trustedKeyId(element: XmlElement, attribute: string): string {
    const text = this.required(element, attribute);
    const id = parseKeyId(text);
    if (id === null) throw this.error(element, `the trusted key ${escapeForDisplay(text)} is not a fingerprint; ${fingerprintRule}`);
    return id;
  }

  trustedKeys(element: XmlElement): readonly GradleTrustedKey[] {
    const id = this.#trustedKeyId(element, 'id');
    const origin = this.optional(element, 'origin');
    const reason = this.optional(element, 'reason');
    const own = this.#patternOrNull(element);
    const inner = childrenOf(element, 'trusting').map((trusting) => ({
      id,
      ...this.pattern(trusting),
      origin: this.optional(trusting, 'origin') ?? origin,
      reason: this.optional(trusting, 'reason') ?? reason,
    }));
    return own === null ? inner : [{ id, ...own, origin, reason }, ...inner];
  }

  component(element: XmlElement): GradleComponent {
    return {
      group: this.required(element, 'group'),
      name: this.required(element, 'name'),
      version: this.required(element, 'version'),
      artifacts: childrenOf(element, 'artifact').map((artifact) => this.#artifact(artifact)),
    };
  }

  #artifact(element: XmlElement): GradleArtifact {
    const pgp: { id: string; origin: string | null; reason: string | null }[] = [];
    const ignoredKeys: GradleIgnoredKey[] = [];
    const checksums: GradleChecksum[] = [];
    for (const child of element.children) {
      if (child.name !== child.local) continue;
      if (child.local === 'ignored-keys') ignoredKeys.push(...childrenOf(child, 'ignored-key').map((key) => this.ignoredKey(key)));
      else if (child.local === 'pgp')
        pgp.push({
          id: this.#trustedKeyId(child, 'value'),
          origin: this.optional(child, 'origin'),
          reason: this.optional(child, 'reason'),
        });
      else checksums.push(this.#checksum(child));
    }
    return { name: this.required(element, 'name'), pgp, ignoredKeys, checksums };
  }

  #checksum(element: XmlElement): GradleChecksum {
    const kind = gradleChecksumKinds.find((known) => known === element.local);
    if (kind === undefined) throw this.error(element, `<${escapeForDisplay(element.name)}> is not a known kind of checksum`);
    return {
      kind,
      value: this.#digest(element, kind),
      alternatives: childrenOf(element, 'also-trust').map((other) => this.#digest(other, kind)),
      origin: this.optional(element, 'origin'),
      reason: this.optional(element, 'reason'),
    };
  }

  #digest(element: XmlElement, kind: GradleChecksumKind): string {
    const value = this.required(element, 'value').trim();
    if (!/^[0-9a-fA-F]+$/.test(value) || value.length !== digits[kind])
      throw this.error(element, `${escapeForDisplay(value)} cannot be ${kind}, which has ${digits[kind]} hexadecimal digits`);
    return value.toLowerCase();
  }
}

const digits: Readonly<Record<GradleChecksumKind, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };
