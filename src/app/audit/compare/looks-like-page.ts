/** Tells a page of the web, such as that of a login or of a parked domain, from a file of a repository. */

/** @param path of the file that was asked for @param start the first bytes of the answer */
export function looksLikePage(path: string, start: Uint8Array): boolean {
  if (/\.html?$/.test(path)) return false;
  const text = Buffer.from(start.subarray(0, 512))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  return /^\s*(?:<!--[^]*?-->\s*)?<(?:!doctype\s+html|html|head|body|script|title)[\s>]/i.test(text);
}
