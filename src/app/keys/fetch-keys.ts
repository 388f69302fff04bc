/**
 * Fetches keys from the network on request: by address from a Web Key Directory; by fingerprint, key ID or address from a
 * key server. A key that a server sends is accepted only if it is the requested one.
 */
import { linkedAbort } from '../../base/async/linked-abort.js';
import { descriptorsHint } from '../../base/disk/file-error.js';
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import { type NamedCertificate, readCertificates } from '../../local/keyring/certificate-files.js';
import { isNamed, parseKeyName } from '../../local/keyring/key-id.js';
import type { Warn } from '../../local/keyring/keyring.js';
import { isTransportError, type Transport } from '../../network/transport/contract/transport.js';
import type { Certificate } from '../../proof/openpgp/certificate/certificate.js';
import type { CertificateBytes } from '../../proof/openpgp/certificate/certificate-source.js';
import { type Address, addressOf, isSameAddress, parseAddress } from './address.js';
import { keyServerUrl, webKeyDirectoryUrls } from './key-server.js';

export interface KeyRequest {
  /** A fingerprint, key ID (16 digits) or address. */
  readonly what: string;
  /** The only server to ask. Null asks the default server, and for an address its Web Key Directory first. */
  readonly keyServer: URL | null;
  readonly defaultKeyServer: URL;
  readonly transport: Transport;
  readonly readCertificate: (bytes: CertificateBytes) => Promise<Certificate | null>;
  readonly warn: Warn;
  /** Limit for each request while another place is left to ask. Default: 15,000 ms. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

export interface FetchedCertificates {
  readonly certificates: readonly NamedCertificate[];
  /** The URL that was requested. */
  readonly url: URL;
  readonly attempts: readonly Attempt[];
}

/** Maximum size of an answer: 1 MiB. */
const answerMaxBytes = 1024 * 1024;

type Wanted = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'address'; readonly address: Address };

/**
 * Asks one place after another until one has the key. The last one has until the operation's deadline; if it does not have the key, so has
 * the first of those that were left because they were slow.
 *
 * @throws ClojarsFetchError `ERR_CONFIG` if the text is not a fingerprint, key ID or address; `ERR_NOT_FOUND` if every place answered and
 * none has the key; `ERR_UNREACHABLE` if one did not answer and the others do not have it
 */
export async function fetchCertificates(request: KeyRequest): Promise<FetchedCertificates> {
  const { what, keyServer, defaultKeyServer } = request;
  const wanted = parseWanted(what);
  const server = keyServer ?? defaultKeyServer;
  const places =
    wanted.kind === 'name'
      ? [keyServerUrl(server, `0x${wanted.name}`)]
      : [
          ...(keyServer === null ? webKeyDirectoryUrls(wanted.address) : []),
          keyServerUrl(server, `${wanted.address.local}@${wanted.address.domain}`),
        ];
  const attempts: Attempt[] = [];
  for (const [index, url] of places.entries()) {
    const { attempt, certificates } = await ask(url, wanted, request, index === places.length - 1);
    attempts.push(attempt);
    if (certificates.length > 0) return { certificates, url, attempts };
    request.signal.throwIfAborted();
  }
  const late = attempts.findIndex(({ outcome }) => outcome === 'timeout');
  const again = places[late];
  if (again !== undefined) {
    const { attempt, certificates } = await ask(again, wanted, request, true);
    attempts[late] = attempt;
    if (certificates.length > 0) return { certificates, url: again, attempts };
  }
  const failed = attempts.find((attempt, index) => !isAnswer(attempt) && !isAbsentHost(attempts, index));
  if (failed !== undefined) {
    throw new ClojarsFetchError('ERR_UNREACHABLE', {
      reason: reasonOf(failed),
      coordinate: what,
      attempts,
      message: `the key ${what} was not found, and some servers that may have it did not answer`,
      hint: failed.outcome === 'io' ? descriptorsHint : 'Try again later, or name another server with --keyserver URL.',
    });
  }
  throw new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate: what,
    attempts,
    message: `no server has the key ${what}`,
    hint:
      wanted.kind === 'name'
        ? 'Ask its owner for it, or name another server with --keyserver URL.'
        : 'Ask by fingerprint, or name another server with --keyserver URL.',
  });
}

function parseWanted(what: string): Wanted {
  const name = parseKeyName(what);
  if (name !== null) return { kind: 'name', name };
  const address = parseAddress(what);
  if (address !== null) return { kind: 'address', address };
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `'${what}' is not a fingerprint, a key ID or an address`,
    hint: 'Give 40 or 64 hex digits, a long key ID of 16, or an address such as name@example.org. Short key IDs can be forged.',
  });
}

function isAnswer({ outcome }: Attempt): boolean {
  return outcome === 'not-found' || outcome === 'untrusted';
}

/** Whether a failure only shows that the domain has no host `openpgpkey`, as most do: its name did not resolve, and the domain itself answered. */
function isAbsentHost(attempts: readonly Attempt[], index: number): boolean {
  const after = attempts[index + 1];
  return (
    index === 0 &&
    attempts.length > 2 &&
    attempts[0]?.outcome === 'dns' &&
    after !== undefined &&
    (isAnswer(after) || after.outcome === 'status')
  );
}

function reasonOf({ outcome }: Attempt): string {
  // The reasons that docs/errors.md lists for ERR_UNREACHABLE.
  return ['refused', 'dns', 'tls', 'timeout', 'stalled', 'status', 'truncated', 'redirect'].includes(outcome)
    ? outcome
    : outcome === 'too-large'
      ? 'truncated'
      : 'refused';
}

async function ask(
  url: URL,
  wanted: Wanted,
  request: KeyRequest,
  isLast: boolean,
): Promise<{ readonly attempt: Attempt; readonly certificates: readonly NamedCertificate[] }> {
  const started = performance.now();
  const ended = (outcome: Attempt['outcome'], status: number | null, detail?: string): Attempt => ({
    mirror: `${url.origin}/`,
    path: `${url.pathname.slice(1)}${url.search}`,
    outcome,
    status,
    ms: performance.now() - started,
    detail,
  });
  const nothing = (attempt: Attempt) => ({ attempt, certificates: [] });
  const timeoutMs = request.timeoutMs ?? 15_000;
  const timeout = isLast ? null : AbortSignal.timeout(timeoutMs);
  const link = linkedAbort(request.signal, timeout ?? undefined);
  const notice = setTimeout(() => {
    if (isLast) request.warn(`${url.origin} has not answered for ${Math.round(timeoutMs / 1000)} s; waiting until the time limit`);
  }, timeoutMs);
  try {
    const answer = await request.transport.get({ url, maxBytes: answerMaxBytes, signal: link.signal, waitsOn: () => isLast });
    if (answer.status !== 200) {
      answer.cancel();
      return nothing(ended(answer.status === 404 || answer.status === 410 ? 'not-found' : 'status', answer.status));
    }
    if (!answer.secure) {
      answer.cancel();
      return nothing(ended('redirect', answer.status, 'the answer did not come over https'));
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    const certificates = await choose(Buffer.concat(chunks), url, wanted, request);
    return certificates.length > 0
      ? { attempt: ended('ok', 200), certificates }
      : nothing(ended('untrusted', 200, 'the answer has no key that was asked for'));
  } catch (error) {
    request.signal.throwIfAborted();
    if (timeout?.aborted === true) return nothing(ended('timeout', null));
    if (isTransportError(error)) return nothing(ended(error.outcome, error.status, error.message));
    throw error;
  } finally {
    link.release();
    clearTimeout(notice);
  }
}

/**
 * Returns the requested keys. An address counts only if the key itself signed it, and a subkey only if it signed that it belongs to the
 * key: a server can put anything into a key.
 */
async function choose(
  bytes: Uint8Array,
  url: URL,
  wanted: Wanted,
  { readCertificate, warn }: KeyRequest,
): Promise<readonly NamedCertificate[]> {
  const source = `${url.origin}${url.pathname}`;
  const chosen: NamedCertificate[] = [];
  for (const certificate of readCertificates(bytes, source, warn)) {
    const [fingerprint] = certificate.fingerprints;
    const read = await readCertificate({ bytes: certificate.bytes, source });
    const fits =
      read !== null &&
      (wanted.kind === 'name'
        ? isNamed(fingerprint, wanted.name) ||
          read.subkeys.some((subkey) => isNamed(subkey.fingerprint, wanted.name) && subkey.bound && subkey.maySign)
        : read.userIds.some(({ text, selfSigned }) => selfSigned && holds(text, wanted.address)));
    if (fits) chosen.push(certificate);
    else warn(`${source} sent the key ${fingerprint}, which is not what was asked for; it was not taken`);
  }
  return chosen;
}

function holds(userId: string, address: Address): boolean {
  const found = addressOf(userId);
  return found !== null && isSameAddress(found, address);
}
