import type { Network } from '../../network/mirrors/request.js';
import type { ClaimCollector } from './claims.js';
import type { FileRequest, Rejection } from './file-request.js';
import type { PartialDownload } from './partial-download.js';

/** The state that all attempts at one file share. */
export interface FileState {
  readonly request: FileRequest;
  readonly network: Network;
  readonly claims: ClaimCollector;
  /** Whether to ask for the checksum along with the body. */
  eager: boolean;
  /** The bytes of an interrupted attempt; the next attempt continues them. */
  partial: PartialDownload | null;
  /** When `bytes` was last emitted. */
  lastBytesMs: number;
  canonicalNotFound: boolean;
  trustedNotFound: boolean;
  readonly rejections: Rejection[];
}
