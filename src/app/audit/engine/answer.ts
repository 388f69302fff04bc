/** Answers of a place, as an audit needs them. */
import type { Agent } from '../compare/sample.js';
import type { Evidence } from '../contract.js';

export interface Question {
  readonly path: string;
  readonly as: Agent;
  /** Whether caches on the way must not answer. Default: false. */
  readonly fresh?: boolean | undefined;
  /** Whether to ask for a jar as other programs do, so that it may be counted as a download. Default: false. */
  readonly asDownload?: boolean | undefined;
}

/** `none`: nothing is known about the file. */
export type Answer<Value> =
  | { readonly kind: 'file'; readonly value: Value; readonly evidence: Evidence }
  | { readonly kind: 'missing'; readonly evidence: Evidence }
  | { readonly kind: 'none'; readonly evidence: Evidence };

/** The headers of a file. */
export interface Look {
  /** Null if they do not tell. */
  readonly size: number | null;
  /** In lower-case hex, if it is an MD5. */
  readonly etag: string | null;
  /** ISO 8601; undefined if they do not tell. */
  readonly time: string | undefined;
  readonly isPage: boolean;
}

/** The digests of a whole file. */
export interface Reading {
  /** If the file is longer than expected, the bytes that were read. */
  readonly size: number;
  readonly isTooLong: boolean;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
  readonly sha512: string;
  /** The first bytes. */
  readonly start: Buffer;
}

/** A small file; null if it is too long for what it should be. */
export type Small = Buffer | null;
