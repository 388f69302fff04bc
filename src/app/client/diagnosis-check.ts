/** One line of `doctor`. */

/** The result of one check. */
export interface DiagnosisCheck {
  /** `local repository`, `disk space`, `DNS clojars.org`, `mirror https://…`, `clock`. */
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly hint?: string | undefined;
}
