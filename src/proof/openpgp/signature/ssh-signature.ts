/**
 * Recognizes signatures that OpenSSH made (`ssh-keygen -Y sign`). They are not broken, only of another kind; without this check they would
 * be reported as malformed OpenPGP signatures.
 *
 * Source of the rule: OpenSSH, PROTOCOL.sshsig: the first line of the armor, or the magic preamble.
 */
export function isSshSignature(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  return head.startsWith('-----BEGIN SSH SIGNATURE-----') || head.startsWith('SSHSIG');
}
