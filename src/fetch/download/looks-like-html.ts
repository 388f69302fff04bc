import { asciiHead } from '../../base/xml/decode.js';

/**
 * Whether a body opens like a web page: a captive portal's login, a proxy's error page, a directory listing.
 * @param firstBytes the start of a body; some hundred bytes suffice
 */
export function looksLikeHtml(firstBytes: Uint8Array): boolean {
  const head = asciiHead(firstBytes, 1024).replace(/^(\u00ef\u00bb\u00bf)?\s*/, '');
  const afterProlog = head.replace(/^(<\?xml[^>]*\?>|<!--[^]*?-->|\s+)+/i, '');
  return /^<(!doctype\s+html|html|head|body|script|title|meta|center|h1|table)[\s>/]/i.test(afterProlog);
}
