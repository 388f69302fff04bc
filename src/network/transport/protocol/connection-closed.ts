/** Returns the error of a connection that was closed. Not a code of the system's, which would mean that it was reset. */
export function connectionClosed(): Error {
  return Object.assign(new Error('other side closed'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
