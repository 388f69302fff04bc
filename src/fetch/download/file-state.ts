/** What the attempts at one file know together. */
import type { Network } from '../../network/mirrors/request.js';
import type { ClaimCollector } from './claims.js';
import type { PartialDownload } from './download.js';
import type { FileRequest, Rejection } from './file-request.js';

/** What the attempts at one file share. */
export interface FileState {
  readonly request: FileRequest;
  readonly network: Network;
  readonly claims: ClaimCollector;
  /** Ask for the checksum beside the body. */
  eager: boolean;
  /** What an attempt that broke off left behind; the next one takes it. */
  partial: PartialDownload | null;
  /** When `bytes` was last told. */
  lastBytesMs: number;
  canonicalNotFound: boolean;
  readonly rejections: Rejection[];
}
