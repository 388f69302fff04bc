/** Stores an object, in parts if it is large. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import { withGrace } from '../../base/async/grace.js';
import { type Asking, askOnce, persist } from './ask.js';
import { deleteObject, headObject } from './objects.js';
import {
  conditionHeaders,
  conditionResult,
  conditionStatuses,
  digested,
  objectHeaders,
  type PutOptions,
  type PutResult,
  sourceOf,
  unquoted,
  type UploadSource,
} from './upload.js';
import { uploadInParts } from './upload-in-parts.js';

/** Larger objects are uploaded in parts. */
const singlePutMaxBytes = 16 * 1024 * 1024;

/** Stores an object. The server compares it with its MD5 and its SHA-256 before it counts. */
export async function putObject(asking: Asking, key: string, source: UploadSource, options: PutOptions): Promise<PutResult> {
  if (source.bytes > singlePutMaxBytes) return uploadInParts(asking, key, source, options);
  const { signal } = options;
  const { md5, body, headers } = await digested(source, 0, source.bytes);
  const request = { method: 'PUT', key, headers: { ...headers, ...objectHeaders(options), ...conditionHeaders(options) }, body } as const;
  let times = 0;
  const { answer, error } = await persist(asking, signal, () => {
    times += 1;
    return askOnce(asking, { ...request, maxBytes: 64 * 1024, signal }, conditionStatuses);
  });
  if (error === null) {
    answer.cancel();
    return { kind: 'stored', etag: unquoted(answer.headers['etag']) };
  }
  const result = conditionResult(asking, key, error, options);
  // The object may be the one of an earlier request, whose answer was lost.
  const isOwn = result.kind === 'refused' && times > 1 && (await headObject(asking, key, signal))?.etag === md5;
  return isOwn ? { kind: 'stored', etag: md5 } : result;
}

/**
 * Finds out whether a server honours the conditions of a PUT, refuses them, or ignores them, by storing a small object twice. A lock on a
 * server that ignores them locks nothing.
 */
export async function findConditionSupport(
  asking: Asking,
  key: string,
  signal: CancelSignal,
): Promise<'honoured' | 'unsupported' | 'ignored'> {
  const source = sourceOf(Buffer.from('clojars-fetch asks whether this server honours If-None-Match\n'));
  try {
    for (const condition of [undefined, 'absent'] as const) {
      const { kind } = await putObject(asking, key, source, { contentType: 'text/plain', signal, condition });
      if (kind === 'refused') return 'honoured';
      if (kind === 'unsupported') return 'unsupported';
    }
    return 'ignored';
  } finally {
    await deleteObject(asking, key, withGrace(signal));
  }
}
