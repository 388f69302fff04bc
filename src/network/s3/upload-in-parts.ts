/** Uploads a large object in parts, and leaves none of them behind if that fails. */
import { createHash } from 'node:crypto';

import { withGrace } from '../../base/async/grace.js';
import { ask, askForDocument, type Asking, BucketError } from './ask.js';
import { headObject } from './objects.js';
import { textIn } from './s3-error.js';
import {
  conditionHeaders,
  conditionResult,
  conditionStatuses,
  type Digested,
  digested,
  objectHeaders,
  type PutOptions,
  type PutResult,
  sourceOf,
  unquoted,
  type UploadSource,
} from './upload.js';

const partBytes = 16 * 1024 * 1024;
/** S3 takes 10,000. */
const partsMax = 9_000;
const answerMaxBytes = 64 * 1024;

interface Part {
  readonly etag: string;
  readonly md5: string;
}

/** An upload that was begun. */
interface Upload {
  readonly asking: Asking;
  readonly key: string;
  readonly id: string;
}

/** Uploads part by part, so that only a small piece is in memory. See `putObject`. */
export async function uploadInParts(asking: Asking, key: string, source: UploadSource, options: PutOptions): Promise<PutResult> {
  const upload = { asking, key, id: await beginUpload(asking, key, options) };
  try {
    const size = partBytes * Math.ceil(source.bytes / (partBytes * partsMax));
    const parts: Part[] = [];
    for (let from = 0; from < source.bytes; from += size) {
      const part = await digested(source, from, Math.min(source.bytes, from + size));
      parts.push(await putPart(upload, parts.length + 1, part, options));
    }
    const result = await completeUpload(upload, parts, options);
    if (result.kind !== 'stored') await abortUpload(upload, options);
    return result;
  } catch (error) {
    await abortUpload(upload, options);
    throw error;
  }
}

async function beginUpload(asking: Asking, key: string, options: PutOptions): Promise<string> {
  const { signal } = options;
  const request = { method: 'POST', key, query: { uploads: '' }, headers: objectHeaders(options) } as const;
  const { document } = await askForDocument(asking, { ...request, maxBytes: answerMaxBytes, signal });
  const id = document === null ? '' : (textIn(document, 'UploadId') ?? '');
  if (id !== '') return id;
  throw new BucketError(asking.bucket.show(key), { status: 200, code: null, message: 'the upload in parts got no id', region: null }, 0);
}

async function putPart({ asking, key, id }: Upload, number: number, part: Digested, { signal }: PutOptions): Promise<Part> {
  const { md5, body, headers } = part;
  const request = { method: 'PUT', key, query: { partNumber: String(number), uploadId: id }, headers, body } as const;
  const { answer } = await ask(asking, { ...request, maxBytes: answerMaxBytes, signal });
  answer.cancel();
  return { etag: unquoted(answer.headers['etag']), md5 };
}

async function completeUpload({ asking, key, id }: Upload, parts: readonly Part[], options: PutOptions): Promise<PutResult> {
  const { signal } = options;
  const { body, headers } = await documentOf(parts);
  const request = { method: 'POST', key, query: { uploadId: id }, headers: { ...headers, ...conditionHeaders(options) }, body } as const;
  const { document, error } = await askForDocument(asking, { ...request, maxBytes: answerMaxBytes, signal }, [404, ...conditionStatuses]);
  const etag = multipartEtag(parts);
  if (error === null) return { kind: 'stored', etag: (document === null ? null : unquoted(textIn(document, 'ETag') ?? '')) || etag };
  if (error.code !== 'NoSuchUpload') return conditionResult(asking, key, error, options);
  // An earlier request may have completed it, whose answer was lost.
  if ((await headObject(asking, key, signal))?.etag === etag) return { kind: 'stored', etag };
  throw new BucketError(asking.bucket.show(key), error, 0);
}

async function documentOf(parts: readonly Part[]): Promise<Digested> {
  const list = parts.map(
    ({ etag }, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>&quot;${escapeXml(etag)}&quot;</ETag></Part>`,
  );
  const bytes = Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`);
  return digested(sourceOf(bytes), 0, bytes.length);
}

/** Aborts an upload, also for some seconds after an abort of the operation. A lifecycle rule of the bucket removes what cannot be reached now. */
async function abortUpload({ asking, key, id }: Upload, { signal }: PutOptions): Promise<void> {
  try {
    const request = { method: 'DELETE', key, query: { uploadId: id }, maxBytes: answerMaxBytes } as const;
    (await ask(asking, { ...request, signal: withGrace(signal) }, [404])).answer.cancel();
  } catch {
    // The error that ended the upload is the one to tell.
  }
}

/** Returns S3's ETag of an object in parts: the MD5 of the MD5s of its parts, and their number. */
function multipartEtag(parts: readonly Part[]): string {
  const digests = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
  return `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
