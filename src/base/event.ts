/** Typed progress events. Imports types of errors and words only: every room may emit them. */
import type { AttemptOutcome } from './error.js';
import type { Level, SignatureStatus } from './words.js';

/** A level of proof, weakest first. */
export type EventLevel = Level;

/** The verdict on a file's signature. `unknown`: no source that would know could be reached. */
export type EventSignatureStatus = SignatureStatus | 'unknown';

/** An event, as `ClientOptions.onEvent` receives it. `path` is the repository path of the file that it is about. */
export type ClientEvent =
  | {
      readonly type: 'attempt-started';
      readonly path: string;
      readonly repository: string;
      readonly mirror: string;
      /** true while the answer of another mirror is still pending */ readonly hedge: boolean;
    }
  | {
      readonly type: 'attempt-ended';
      readonly path: string;
      readonly repository: string;
      readonly mirror: string;
      readonly outcome: AttemptOutcome;
      readonly status: number | null;
      readonly ms: number;
      readonly detail?: string | undefined;
    }
  | {
      readonly type: 'failed-over';
      readonly path: string;
      readonly repository: string;
      readonly from: string;
      readonly to: string;
      readonly outcome: AttemptOutcome | 'slow';
    }
  | {
      readonly type: 'bytes';
      readonly path: string;
      readonly mirror: string;
      /** bytes so far */ readonly received: number;
      /** null if the server did not announce it */ readonly total: number | null;
    }
  | { readonly type: 'verified'; readonly path: string; readonly level: EventLevel; readonly proofs: readonly string[] }
  | {
      readonly type: 'signature';
      readonly path: string;
      readonly status: EventSignatureStatus;
      /** of the primary key, upper case; null if the key is unknown */ readonly fingerprint: string | null;
      /** of the key that made it; if the key is unknown, the fingerprint or key ID that the signature names */ readonly signingKey:
        string | null;
      /** the consequence for the file, by the policy */ readonly decision: 'proof' | 'warn' | 'fail';
      /** for a person; escaped */ readonly sentence: string;
    }
  | { readonly type: 'placed'; readonly path: string; readonly file: string; readonly size: number }
  | {
      readonly type: 'circuit-opened';
      readonly origin: string;
      readonly reason: AttemptOutcome | 'slow';
      /** until when, epoch milliseconds */ readonly untilMs: number;
    }
  | {
      readonly type: 'warning';
      /** stable word, e.g. `metadata-rollback` */ readonly warning: string;
      readonly message: string;
      readonly path?: string | undefined;
      /** Ids of the repositories that a `not-asked` warning is about. */
      readonly repositories?: readonly string[] | undefined;
    };

/** Receives events. Errors that it throws are ignored, so that a progress bar cannot break a download. */
export type EventListener = (event: ClientEvent) => void;

/** Wraps a caller's listener, and ignores the errors that it throws. */
export function safeListener<Event>(listener: ((event: Event) => void) | undefined): (event: Event) => void {
  return (event) => {
    try {
      listener?.(event);
    } catch {
      // A progress bar must not break a download.
    }
  };
}
