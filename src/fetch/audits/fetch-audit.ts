/** Fetches the note and the list of an audit, in bounded time and size. */
import { linkedAbort } from '../../base/async/linked-abort.js';
import { type AuditListWriter, ListFault } from '../../local/audits/audit-list-writer.js';
import type { AuditFailure } from '../../network/mirrors/audit-witness.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { classifyStatus, failureOf, getSmall, type Network, type RequestFailure, requestFor } from '../../network/mirrors/request.js';
import { isTransportError } from '../../network/transport/contract/transport.js';
import { maxNoteBytes } from '../../proof/note/signed-note.js';

/** A million files make 150 MB. */
const maxListBytes = 2 ** 30;
const noteWithinMs = 20_000;
const listWithinMs = 30 * 60_000;

/** Says why an audit could not be asked. */
export class AuditFault extends Error {
  override readonly name = 'AuditFault';
  readonly failure: AuditFailure;

  constructor(path: string, { outcome, status, detail = outcome }: Omit<RequestFailure, 'kind'>) {
    super(detail);
    this.failure = { kind: 'failed', path, outcome, status, detail };
  }
}

/** Fetches the note. @throws AuditFault */
export async function fetchNote(network: Network, folder: Mirror, name: string, signal: AbortSignal): Promise<Uint8Array> {
  return within(noteWithinMs, signal, async (bounded) => {
    const answer = await getSmall(network, folder, name, { maxBytes: maxNoteBytes, signal: bounded });
    if (answer.kind === 'ok') return answer.bytes;
    if (answer.kind === 'failed') throw new AuditFault(name, answer);
    throw new AuditFault(name, { outcome: 'not-found', status: answer.status });
  });
}

/** Fetches the list into the writer, which checks it. @throws AuditFault, or ClojarsFetchError `ERR_LOCAL_REPOSITORY` */
export async function fetchList(
  network: Network,
  folder: Mirror,
  name: string,
  writer: AuditListWriter,
  signal: AbortSignal,
): Promise<void> {
  try {
    await within(listWithinMs, signal, async (bounded) => {
      const answer = await network.transport.get(requestFor(folder, name, maxListBytes, bounded));
      const verdict = classifyStatus(answer, network.health.now());
      if (verdict !== 'body' || answer.status === 206) {
        answer.cancel();
        throw new AuditFault(name, { outcome: 'status', status: answer.status, detail: `HTTP status ${answer.status}` });
      }
      for await (const chunk of answer.body) writer.write(chunk);
      writer.commit();
    });
  } catch (error) {
    if (error instanceof ListFault) throw new AuditFault(name, { outcome: 'checksum-mismatch', status: null, detail: error.message });
    if (!isTransportError(error)) throw error;
    const failure = failureOf(error);
    network.health.failed(originOf(folder.url), failure.outcome, failure);
    throw new AuditFault(name, failure);
  } finally {
    writer.discard();
  }
}

async function within<T>(ms: number, signal: AbortSignal, work: (bounded: AbortSignal) => Promise<T>): Promise<T> {
  const link = linkedAbort(signal);
  const timer = setTimeout(() => link.abort(new Error(`not done within ${ms / 1000} s`)), ms);
  try {
    return await work(link.signal);
  } finally {
    clearTimeout(timer);
    link.release();
  }
}
