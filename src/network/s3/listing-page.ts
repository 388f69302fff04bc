/** Reads one page of a bucket's listing (ListObjectsV2) while it arrives. */
import { SaxesParser, type SaxesTagPlain } from 'saxes';

import { escapeForDisplay } from '../../base/escape.js';

/** An object as the listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** Without quotes. The MD5 of the object if it was uploaded in one part and not encrypted by a key of the customer's. */
  readonly etag: string;
  /** As written: ISO 8601. */
  readonly lastModified: string;
}

export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** Passed on as it is; null on the last page. */
  readonly nextToken: string | null;
}

/** A listing that cannot be true, or is none. */
export class ListingError extends Error {
  override readonly name = 'ListingError';
}

/** S3 sends at most 1,000; some servers let their operators choose more. */
const objectsMax = 10_000;
const depthMax = 8;
const attributesMax = 20;
/** A key has at most 1,024 bytes, each of which may be written as three. */
const textMax = 8192;

type Fields = Record<'Key' | 'Size' | 'ETag' | 'LastModified', string | null>;
const noFields: Fields = { Key: null, Size: null, ETag: null, LastModified: null };
const isField = (name: string): name is keyof Fields => Object.hasOwn(noFields, name);

/** Takes the text of a page piece by piece. Every method throws {@link ListingError} for a page that is broken or beyond the limits. */
export class ListingPageReader {
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  readonly #objects: ListedObject[] = [];
  #depth = 0;
  #isInObject = false;
  #fields: Fields = { ...noFields };
  #text = '';
  #isTruncated: string | null = null;
  #nextToken: string | null = null;
  #isUrlEncoded = false;

  constructor() {
    const parser = this.#parser;
    parser.on('opentag', (tag) => this.#open(tag));
    parser.on('closetag', ({ name }) => this.#close(local(name)));
    parser.on('text', (text) => this.#addText(text));
    parser.on('cdata', (text) => this.#addText(text));
    parser.on('doctype', () => {
      throw new ListingError('the listing has a document type, which S3 never sends');
    });
    parser.on('error', (error) => {
      throw new ListingError(`the listing is not XML: ${escapeForDisplay(error.message)}`);
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(): ListingPage {
    this.#parser.close();
    const isTruncated = readBoolean(this.#isTruncated);
    const token = this.#nextToken ?? '';
    if (isTruncated && token === '') throw new ListingError('the listing says that it goes on, and does not say where');
    return { objects: this.#objects.map((object) => this.#decoded(object)), nextToken: isTruncated ? token : null };
  }

  #open({ name, attributes }: SaxesTagPlain): void {
    this.#depth += 1;
    this.#text = '';
    const plain = local(name);
    if (this.#depth === 1 && plain !== 'ListBucketResult') {
      throw new ListingError(`the answer is not the listing of a bucket: its root is <${escapeForDisplay(plain, 40)}>`);
    }
    if (this.#depth > depthMax) throw new ListingError(`the listing has more than ${depthMax} nested elements`);
    if (this.#depth <= 2 && Object.keys(attributes).length > attributesMax) throw new ListingError('an element has too many attributes');
    if (this.#depth !== 2) return;
    this.#isInObject = plain === 'Contents';
    if (this.#isInObject) this.#fields = { ...noFields };
  }

  #addText(text: string): void {
    if (this.#text.length + text.length > textMax) throw new ListingError(`an element has more than ${textMax} characters`);
    this.#text += text;
  }

  #close(name: string): void {
    if (this.#depth === 3 && this.#isInObject && isField(name)) this.#setField(name);
    else if (this.#depth === 2 && name === 'Contents') this.#addObject();
    else if (this.#depth === 2 && name === 'IsTruncated') this.#isTruncated = this.#text.trim();
    else if (this.#depth === 2 && name === 'NextContinuationToken') this.#nextToken = this.#text;
    else if (this.#depth === 2 && name === 'EncodingType') this.#isUrlEncoded = this.#text.trim() === 'url';
    this.#depth -= 1;
    this.#text = '';
  }

  #setField(name: keyof Fields): void {
    if (this.#fields[name] !== null) throw new ListingError(`an object has two elements <${name}>`);
    this.#fields[name] = this.#text;
  }

  #addObject(): void {
    const { Key: key, Size: size, ETag: etag, LastModified: lastModified } = this.#fields;
    if (key === null || key === '') throw new ListingError('an object has no key');
    if (size === null || !/^\d{1,15}$/.test(size)) throw new ListingError(`the size of ${escapeForDisplay(key)} is not a number`);
    if (this.#objects.length >= objectsMax) throw new ListingError(`a page has more than ${objectsMax} objects`);
    this.#objects.push({ key, size: Number(size), etag: (etag ?? '').replace(/^"|"$/g, ''), lastModified: lastModified ?? '' });
  }

  /** Keys may hold characters that XML cannot, so a server may encode them as in a query. */
  #decoded(object: ListedObject): ListedObject {
    if (!this.#isUrlEncoded || !/[%+]/.test(object.key)) return object;
    try {
      return { ...object, key: decodeURIComponent(object.key.replaceAll('+', ' ')) };
    } catch {
      throw new ListingError(`the key ${escapeForDisplay(object.key)} is not encoded properly`);
    }
  }
}

function readBoolean(text: string | null): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ListingError(`the listing does not say whether it is complete${text === null ? '' : `, but '${escapeForDisplay(text, 40)}'`}`);
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
