/** Collects the events of a file's check that belong in the file's entry. Other events go on to the caller. */
import type { ClientEvent } from '../../../base/event.js';
import type { ArtifactVerification } from '../../../fetch/artifact.js';

export class FileEvents {
  readonly warnings: string[] = [];
  /** Ids of repositories that did not answer. They are reported for all files together: see unanswered.ts. */
  unanswered: readonly string[] | undefined;
  /** Whether a mirror that a proof needed did not answer. */
  unproven = false;
  /** The signature that was checked, if any: a failed file keeps it. */
  signature: ArtifactVerification['signature'] = null;
  readonly #forward: (event: ClientEvent) => void;

  constructor(forward: (event: ClientEvent) => void) {
    this.#forward = forward;
  }

  readonly emit = (event: ClientEvent): void => {
    if (event.type === 'warning') return this.#keepWarning(event);
    if (event.type === 'signature' && event.status !== 'unknown') {
      const { status, fingerprint, signingKey, sentence } = event;
      this.signature = { status, fingerprint, signingKey, userId: null, signedAt: null, sentence };
    }
    this.#forward(event);
  };

  #keepWarning({ warning, message, repositories }: Extract<ClientEvent, { readonly type: 'warning' }>): void {
    if (warning === 'not-asked') this.unproven = true;
    if (repositories === undefined) this.warnings.push(message);
    else this.unanswered = repositories;
  }
}
