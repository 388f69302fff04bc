/** The body is not metadata of the requested artifact: the mirror did not answer as a Maven repository. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
  constructor(
    readonly reason: 'malformed' | 'wrong-coordinate' | 'too-large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
