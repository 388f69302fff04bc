/**
 * Keeps records of files in little memory: as one text each. An object of a dozen fields takes four times as much, and a process that runs
 * for weeks has one for each of a hundred thousand files.
 */

/** Turns values into short texts, and back. */
export interface Packing<Value> {
  pack(value: Value): string;
  /** @param text as `pack` of the same object returned it */
  unpack(text: string): Value;
}

/** Of a text that was cut out of a longer one, V8 keeps the whole. Returns the same text, on its own. */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}

/** Hexadecimal digits as bytes, one character for each; an empty text for null. */
export function packHex(hex: string | null): string {
  return hex === null ? '' : Buffer.from(hex, 'hex').toString('latin1');
}

/** Reverts {@link packHex}. */
export function unpackHex(text: string): string | null {
  return text === '' ? null : Buffer.from(text, 'latin1').toString('hex');
}

/** Numbers for what many records share, such as the name of a mirror. */
export class SharedValues<Value> {
  readonly #numbers = new Map<string, number>();
  readonly #values: Value[] = [];

  /** @param key tells the value from others */
  numberOf(key: string, value: Value): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** @throws RangeError for a number that nothing has */
  valueOf(number: number): Value {
    const value = this.#values[number];
    if (value === undefined) throw new RangeError(`nothing has the number ${number}`);
    return value;
  }
}
