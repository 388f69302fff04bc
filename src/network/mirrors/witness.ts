/**
 * Decides for which operator an answer counts: a body, its headers, a checksum file, metadata, a signature, or a 404.
 * Every caller asks here. Pure.
 *
 * A mirror may redirect, so the mirror that was asked is not always the one that answered. A redirect never raises trust,
 * and never lends an operator's name: otherwise one liar would count twice, by way of an honest mirror that redirects to
 * it, or by redirecting to an honest mirror's answer for another file.
 */
import { parseUrl } from '../../base/parse-url.js';
import { encodePath } from '../../maven/coordinate/path.js';
import { isLoopback } from '../transport/contract/loopback.js';
import type { TransportAnswer } from '../transport/contract/transport.js';
import type { Mirror } from './repository.js';

/** The party that an answer counts for. */
export interface Speaker {
  /** Base URL of the mirror that was asked. */
  readonly mirror: string;
  /** Null if the answer counts for no operator. */
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** Whether every hop was verified https, or a local file. */
  readonly secure: boolean;
  /** The host and the address that answered: answers from the same place count as one. Empty for a local file. */
  readonly places: readonly string[];
}

type Answered = Pick<TransportAnswer, 'url' | 'secure' | 'address'>;

/**
 * Returns the party that an answer counts for.
 *
 * - From the mirror's own host, or from a host that is not on the list (its storage, a CDN): the mirror's.
 * - From another mirror of the list, at the URL where that mirror has this file: that mirror's.
 * - From another mirror's host at any other URL: no operator's, since the mirror that was asked chose the file.
 *
 * The answer is canonical or trusted only if both the asked and the answering mirror are.
 * @param path the repository path that was asked for
 * @param mirrors all mirrors of the repository
 */
export function speakerOf(mirror: Mirror, path: string, answer: Answered, mirrors: readonly Mirror[]): Speaker {
  const { secure, address } = answer;
  const { operator, canonical, trusted } = mirror;
  // Written out: every answer comes here, and to copy an object and add to it costs as much as all else.
  const own = (places: readonly string[]): Speaker => ({ mirror: mirror.url.href, operator, canonical, trusted, secure, places });
  if (answer.url.protocol === 'file:') return own([]);
  const place = placeOf(answer.url);
  const from = address == null ? place : normalizedPlace(address.host, String(address.port));
  const places = from === place ? [place] : [place, from];
  if (placeOf(mirror.url) === place) return own(places);
  const there = mirrors.filter(({ url }) => url.protocol !== 'file:' && placeOf(url) === place);
  const isSame = (other: Mirror): boolean => other.operator !== null && other.operator === operator;
  if (there.length === 0 || there.some(isSame)) return own(places);
  const asAsked = there.filter(({ url }) => new URL(encodePath(path), url).pathname === answer.url.pathname && answer.url.search === '');
  const answering = asAsked.length > 0 ? asAsked : there;
  return {
    ...own(places),
    operator: asAsked[0]?.operator ?? null,
    canonical: canonical && answering.every((other) => other.canonical),
    trusted: trusted && answering.every((other) => other.trusted),
  };
}

/** Returns the speaker of a body that two answers make up: it has only the properties that both share. */
export function jointSpeaker(first: Speaker, last: Speaker): Speaker {
  return {
    ...last,
    operator: first.operator === last.operator ? last.operator : null,
    canonical: first.canonical && last.canonical,
    trusted: first.trusted && last.trusted,
    secure: first.secure && last.secure,
    places: [...new Set([...first.places, ...last.places])],
  };
}

/** Returns host and port of a URL, the same for all aliases: case, a trailing dot, the default port, names of this machine. */
export function placeOf(url: URL): string {
  if (url.protocol === 's3:') return url.href; // its answers come from the server's place, never from this one
  return normalizedPlace(url.hostname, url.port || (url.protocol === 'http:' ? '80' : '443'));
}

/** Places by host and port: each answer asks for three, of few hosts, and each would cost two parsed URLs. */
const places = new Map<string, string>();
const placesMax = 256;

function normalizedPlace(host: string, port: string): string {
  const written = `${host}:${port}`;
  const known = places.get(written);
  if (known !== undefined) return known;
  const place = parsePlace(host, port);
  if (places.size >= placesMax) places.clear(); // hosts come from redirects too: any number of them
  places.set(written, place);
  return place;
}

function parsePlace(host: string, port: string): string {
  const bare = host.toLowerCase().replace(/\.+$/, '');
  const literal = bare.includes(':') && !bare.startsWith('[') ? `[${bare}]` : bare;
  const parsed = parseUrl(`http://${literal}`)?.hostname ?? literal;
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(parsed);
  const name = mapped === null ? parsed : dotted(parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16));
  const isHere = isLoopback(name) || name === '0.0.0.0' || name === '[::]';
  return `${isHere ? 'localhost' : name}:${port}`;
}

/** Writes the IPv4 address in the last two groups of an IPv6 address. */
function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
