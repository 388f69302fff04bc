/** The signed artifact; `extension` and `classifier` are the artifact's, not its signature's. */
export interface SignedSubject {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly extension: string;
  readonly classifier: string;
}
