/** A text that outlives the bytes it came from. One is used for many texts, so that none of them becomes an object. */
export class KeptText {
  bytes = new Uint8Array(256);
  length = 0;

  set(bytes: Uint8Array, start: number, end: number): void {
    this.length = end - start;
    if (this.length > this.bytes.length) this.bytes = new Uint8Array(this.length * 2);
    const kept = this.bytes;
    for (let at = 0; at < end - start; at++) kept[at] = bytes[start + at] ?? 0;
  }

  /** Compares from the end: texts in order begin alike. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.length) return false;
    const kept = this.bytes;
    for (let at = this.length - 1; at >= 0; at--) if (kept[at] !== bytes[start + at]) return false;
    return true;
  }
}
