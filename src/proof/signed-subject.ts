/** What is signed; `extension` and `classifier` of the artifact, not of its signature. */
export interface SignedSubject {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly extension: string;
  readonly classifier: string;
}
