/** Reads the document with which a bucket answers in place of an object. */
import { escapeForDisplay } from '../../base/escape.js';
import { parseXml, type XmlElement } from '../../base/xml/xml.js';
import type { TransportAnswer } from '../transport/contract/transport.js';

export interface S3Error {
  readonly status: number;
  /** Such as `NoSuchKey`. Null if the answer is not the document of an error: to HEAD, or from another server than S3. */
  readonly code: string | null;
  /** Safe to show. */
  readonly message: string;
  /** The bucket's region, if the answer names it. */
  readonly region: string | null;
}

/** Larger documents are not read. */
const documentMaxBytes = 64 * 1024;

/** Reads the error of an answer that is not a success. */
export async function readS3Error(answer: TransportAnswer): Promise<S3Error> {
  return s3Error(answer, await readDocument(answer));
}

/** Returns the error that a document tells, or only the status if it is none. */
export function s3Error({ status, headers }: Pick<TransportAnswer, 'status' | 'headers'>, document: XmlElement | null): S3Error {
  const error = document?.local === 'Error' ? document : null;
  const code = error === null ? null : textIn(error, 'Code');
  const message = error === null ? null : textIn(error, 'Message');
  const region = headers['x-amz-bucket-region'] ?? (error === null ? null : textIn(error, 'Region'));
  const shown = [code, message].filter((part) => part !== null && part !== '').join(': ');
  return {
    status,
    code: code === null || !/^\w{1,80}$/.test(code) ? null : code,
    message: shown === '' ? `HTTP status ${status}` : escapeForDisplay(shown),
    region: region === '' ? null : region,
  };
}

/** Reads the small document of an answer; null if it is not XML, or too large. Takes a cut-off body for no document. */
export async function readDocument(answer: TransportAnswer): Promise<XmlElement | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body) {
      bytes += chunk.length;
      if (bytes > documentMaxBytes) return null;
      chunks.push(chunk);
    }
    return bytes === 0 ? null : parseXml(Buffer.concat(chunks), { maxDepth: 10, maxNodes: 1000, maxBytes: documentMaxBytes });
  } catch {
    return null;
  }
}

/** Returns the text of a child; null if it is missing. */
export function textIn(element: XmlElement, name: string): string | null {
  return element.children.find(({ local }) => local === name)?.text.trim() ?? null;
}
