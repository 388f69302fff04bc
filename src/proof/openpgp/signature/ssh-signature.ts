/**
 * Recognizes signatures that OpenSSH made (`ssh-keygen -Y sign`). They are as good as any, but of another kind: without
 * this they would be taken for broken OpenPGP signatures.
 *
 * Source of the rule: OpenSSH, PROTOCOL.sshsig: the first line of the armor, or the magic preamble.
 */
export function isSshSignature(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  return head.startsWith('-----BEGIN SSH SIGNATURE-----') || head.startsWith('SSHSIG');
}
