/** A reference for the router: slow, by other means (bytes and a list of allowed forms), and written without a look at it. */
import { baseVersion, isSnapshot, parseTimestampedVersion } from '../../../src/maven/version/snapshot.js';

const documents = [
  'archetype-catalog.xml',
  '.meta/prefixes.txt',
  'all-poms.txt',
  'all-poms.txt.gz',
  'all-jars.clj',
  'all-jars.clj.gz',
  'feed.clj.gz',
];
const nameCharacters = /^[A-Za-z0-9._+$~!='-]+$/;
const device = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i;

/** Returns the line that the test writes for a target, or `refused`. */
export function referenceTarget(target: string, repositories: readonly string[]): string {
  const path = target.split('?')[0] ?? '';
  if (target.length > 3840 || !/^\/[!-~]*$/.test(path)) return 'refused';
  if (path === '/') return 'root';
  const decoded = decodeBytes(path.slice(1));
  if (decoded === null) return 'refused';
  const segments = decoded;
  if (segments[0] === '-') {
    const service = segments.slice(1).join('/');
    return ['health', 'metrics', 'status'].includes(service) ? `service ${service}` : 'refused';
  }
  const [repository = '', ...rest] = segments;
  if (!repositories.includes(repository)) return 'refused';
  const last = rest.at(-1);
  if (last === undefined || last === '') {
    const folder = rest.slice(0, -1).join('/');
    return folder.length > 1024 ? 'refused' : `folder ${repository} ${folder}`;
  }
  const full = rest.join('/');
  const checksum = /\.(sha1|md5|sha256|sha512)$/.exec(full)?.[1];
  const bare = checksum === undefined ? full : full.slice(0, full.length - checksum.length - 1);
  const kind = kindOf(bare);
  return kind === null ? 'refused' : `${kind} ${repository} ${bare}${checksum === undefined ? '' : ` ${checksum}`}`;
}

/** Decodes into bytes, and these as UTF-8; null for anything that is not clearly a path. */
function decodeBytes(path: string): string[] | null {
  const segments: string[] = [];
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '' && index !== parts.length - 1) return null;
    let segment = part;
    if (part.includes('%')) {
      const bytes: number[] = [];
      for (let at = 0; at < part.length; at += 1) {
        if (part[at] !== '%') {
          bytes.push(...Buffer.from(Array.from(part.slice(at))[0] ?? ''));
          at += (Array.from(part.slice(at))[0] ?? ' ').length - 1;
          continue;
        }
        const hex = part.slice(at + 1, at + 3);
        if (!/^[0-9a-fA-F]{2}$/.test(hex)) return null;
        bytes.push(Number.parseInt(hex, 16));
        at += 2;
      }
      try {
        segment = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
      } catch {
        return null;
      }
    }
    if (segment === '.' || segment === '..' || /[\u0000-\u001f\u007f-\u009f\\%;#/]/.test(segment)) return null;
    segments.push(segment);
  }
  return segments;
}

const isName = (name: string): boolean =>
  nameCharacters.test(name) && !name.startsWith('.') && !name.endsWith('.') && name.length <= 255 && !device.test(name);
const isLibraryName = (name: string): boolean => isName(name) && !name.includes('..') && !/^[-~]/.test(name);

function kindOf(path: string): string | null {
  if (documents.includes(path)) return 'document';
  const names = path.split('/');
  const file = names.pop() ?? '';
  if (file === 'maven-metadata.xml') return isMetadata(names) ? 'metadata' : null;
  const version = names.pop() ?? '';
  const artifact = names.pop() ?? '';
  if (names.length === 0 || !isLibraryName(artifact) || !isGroup(names) || !isName(version)) return null;
  if (version === 'RELEASE' || version === 'LATEST' || parseTimestampedVersion(version) !== null || !file.startsWith(`${artifact}-`))
    return null;
  const rest = file.slice(artifact.length + 1);
  const stamp = isSnapshot(version) ? /^.*?\d{8}\.\d{6}-\d+/.exec(rest)?.[0] : undefined;
  const own = rest.startsWith(version) ? version : stamp !== undefined && baseVersion(stamp) === version ? stamp : null;
  if (own === null) return null;
  const tail = /^(?:-([^]+?))?\.((?:tar\.[a-z0-9]+|[a-z0-9]+\.asc)|[^.]+)$/i.exec(rest.slice(own.length));
  const plain = /^\.(.+)$/.exec(rest.slice(own.length));
  const [classifier, extension] = plain ? ['', plain[1] ?? ''] : [tail?.[1] ?? '', tail?.[2] ?? ''];
  if (extension === '' || (!plain && classifier === '')) return null;
  if (!isName(extension) || (classifier !== '' && !isName(classifier))) return null;
  if (extension.split('.').some((part) => ['md5', 'sha1', 'sha256', 'sha512'].includes(part))) return null;
  return file.length <= 255 && path.length <= 1000 ? 'artifact' : null;
}

function isGroup(names: readonly string[]): boolean {
  return names.every((name) => isName(name) && !name.includes('.')) && !/^[-~]/.test(names[0] ?? '');
}

function isMetadata(names: readonly string[]): boolean {
  const last = names.at(-1) ?? '';
  if (names.length > 2 && isSnapshot(last))
    return parseTimestampedVersion(last) === null && isName(last) && isMetadataOfLibrary(names.slice(0, -1));
  return isMetadataOfLibrary(names);
}

function isMetadataOfLibrary(names: readonly string[]): boolean {
  const last = names.at(-1) ?? '';
  if (names.length === 1) return isLibraryName(last) && !last.includes('.');
  return names.length > 1 && isLibraryName(last) && isGroup(names.slice(0, -1));
}
