/** Reads pages of an S3 listing, as they come from the network, and as bare XML. Prints keys in a second of both. */
import { SaxesParser } from 'saxes';

import { ListingPageReader } from '../../src/network/s3/listing-page.js';
import { fileAt } from './mirror-lines.js';

const [pagesText = '', roundsText = ''] = process.argv.slice(2);
const pages = Number(pagesText);
const keysPerPage = 1000;
const chunkBytes = 16 * 1024;

function createPage(number: number): readonly Buffer[] {
  const objects = Array.from({ length: keysPerPage }, (_, index) => {
    const { key, size, mark } = fileAt(number * keysPerPage + index);
    return `<Contents><Key>${key}</Key><LastModified>2026-11-29T10:20:30.000Z</LastModified><ETag>&quot;${mark.slice(2)}&quot;</ETag><Size>${size ?? 0}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const bytes = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix></Prefix><KeyCount>${keysPerPage}</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>token-${number}</NextContinuationToken>${objects.join('')}</ListBucketResult>`,
  );
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  return chunks;
}

const texts = Array.from({ length: Math.min(pages, 100) }, (_, number) => createPage(number));

function readPage(chunks: readonly Buffer[]): number {
  const reader = new ListingPageReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const chunk of chunks) reader.write(decoder.decode(chunk, { stream: true }));
  return reader.end().objects.length;
}

/** Does the least that a reader of XML by events can do. */
function readXml(chunks: readonly Buffer[]): number {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let text = '';
  const keys: string[] = [];
  parser.on('text', (piece) => (text += piece));
  parser.on('closetag', ({ name }) => {
    if (name === 'Key') keys.push(text);
    text = '';
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const chunk of chunks) parser.write(decoder.decode(chunk, { stream: true }));
  parser.close();
  return keys.length;
}

function keysPerSecond(read: (chunks: readonly Buffer[]) => number): number {
  const startedMs = performance.now();
  let keys = 0;
  for (let page = 0; page < pages; page += 1) keys += read(texts[page % texts.length] ?? []);
  if (keys !== pages * keysPerPage) throw new Error(`${keys} keys were read`);
  return (keys / (performance.now() - startedMs)) * 1000;
}

const rounds = Array.from({ length: Number(roundsText) }, () => ({ listing: keysPerSecond(readPage), xml: keysPerSecond(readXml) }));
process.stdout.write(JSON.stringify(rounds));
