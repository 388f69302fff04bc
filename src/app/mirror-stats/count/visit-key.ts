/** Called with a key and its count. The bytes are valid during the call only. */
export type VisitKey = (day: number, bytes: Uint8Array, textStart: number, textEnd: number, count: number) => void;
