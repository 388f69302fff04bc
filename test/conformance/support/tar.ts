/** Just enough of tar for the corpus: plain files, with GNU and pax long names. */

/** Files of an unpacked archive by path, without a leading `./`. */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const text = new TextDecoder();
  const field = (start: number, length: number): string => {
    const end = archive.indexOf(0, start);
    return text.decode(archive.subarray(start, end < 0 || end > start + length ? start + length : end));
  };
  let longName: string | null = null;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const size = parseInt(field(at + 124, 12).trim() || '0', 8);
    const type = String.fromCharCode(archive[at + 156] ?? 0);
    const prefix = field(at + 345, 155);
    const name = field(at, 100);
    const body = archive.subarray(at + 512, at + 512 + size);
    if (type === 'L') longName = text.decode(body).replace(/\0+$/, '');
    else if (type === 'x') longName = /\d+ path=(.*)\n/.exec(text.decode(body))?.[1] ?? longName;
    else {
      if (type === '0' || type === '\0') files.set((longName ?? (prefix === '' ? name : `${prefix}/${name}`)).replace(/^\.\//, ''), body);
      longName = null;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
