import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { childOf, childrenOf, childText, parseXml, type XmlOptions } from '../../src/base/xml/xml.js';
import { XmlError } from '../../src/base/xml/xml-error.js';
import { looksLikeHtml } from '../../src/fetch/download/looks-like-html.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const lenient: XmlOptions = { lenient: true, htmlEntities: true };
const problemOf = (input: string | Uint8Array, options?: XmlOptions): string => {
  try {
    parseXml(input, options);
    return 'none';
  } catch (error) {
    if (error instanceof XmlError) return error.problem;
    throw error;
  }
};

describe('parseXml', () => {
  it('builds a tree of names, attributes and text', () => {
    const root = parseXml('<p:a x="1" p:y="&lt;"><b> one </b>\n  <b><![CDATA[<two>]]>&amp;&#65;&#x42;</b><c/></p:a>');
    expect(root).toMatchObject({ name: 'p:a', local: 'a', attributes: { x: '1', 'p:y': '<' }, text: '', line: 1 });
    expect(childrenOf(root, 'b').map((child) => child.text)).toEqual([' one ', '<two>&AB']);
    expect(childText(root, 'b')).toBe('one');
    expect(childOf(root, 'c')).toMatchObject({ line: 2, children: [] });
    expect(childOf(root, 'none')).toBeUndefined();
    expect(root.attributes['constructor']).toBeUndefined();
  });
  it('keeps text mixed with elements', () => {
    expect(parseXml('<a>x<b/>y</a>').text).toBe('xy');
  });

  const latin = (declared: string, bytes: number[]): Buffer =>
    Buffer.concat([Buffer.from(`<?xml version="1.0" encoding="${declared}"?><a>`), Buffer.from(bytes), Buffer.from('</a>')]);
  it.each([
    ['UTF-8', Buffer.from('<a>é</a>'), 'é'],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeff<?xml version="1.0"?><a>é</a>'), 'é'],
    ['a byte order mark beats the declaration', Buffer.from('\ufeff<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'), 'é'],
    ['ISO-8859-1', latin('ISO-8859-1', [0xe9]), 'é'],
    ['windows-1252', latin('Windows-1252', [0x80]), '€'],
    ['US-ASCII', latin('US-ASCII', [0x41]), 'A'],
    ['UTF-16 little endian', Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><a>é</a>', 'utf16le'), 'é'],
    ['UTF-16 big endian', Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><a>é</a>', 'utf16le').swap16(), 'é'],
    ['UTF-16 without a mark', Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a>é</a>', 'utf16le'), 'é'],
    ['UTF-16 declared, but not used', latin('UTF-16', [0x41]), 'A'],
  ])('decodes %s', (_name, bytes, text) => {
    expect(parseXml(bytes).text).toBe(text);
  });
  const encoded = (text: string, encoding: 'utf8' | 'utf16le' | 'utf16be'): Buffer =>
    encoding === 'utf8' ? Buffer.from(text) : encoding === 'utf16le' ? Buffer.from(text, 'utf16le') : Buffer.from(text, 'utf16le').swap16();
  const declaring = (name: string): string => `<?xml version="1.0" encoding="${name}"?><a>é</a>`;
  it.each([
    ['UTF-16 with a mark, declared', encoded(`\ufeff${declaring('UTF-16')}`, 'utf16be'), 'é'],
    ['UTF-16 with a mark, its order declared', encoded(`\ufeff${declaring('utf-16le')}`, 'utf16le'), 'é'],
    ['UTF-16 with a mark, without a declaration', encoded('\ufeff<a>é</a>', 'utf16le'), 'é'],
    ['UTF-16 without a mark, declared', encoded(declaring('UTF-16'), 'utf16be'), 'é'],
    ['a declaration beats the mark of UTF-8', encoded(`\ufeff${declaring('ISO-8859-1')}`, 'utf8'), 'Ã©'],
    ['UTF-16 that claims to be UTF-8', encoded(`\ufeff${declaring('UTF-8')}`, 'utf16le'), 'encoding'],
    ['UTF-16 that claims the other order', encoded(`\ufeff${declaring('UTF-16BE')}`, 'utf16le'), 'encoding'],
    ['UTF-16 without a mark that claims to be UTF-8', encoded(declaring('UTF-8'), 'utf16be'), 'encoding'],
    ['UTF-16 without a mark or a declared encoding', encoded('<?xml version="1.0"?><a/>', 'utf16le'), 'encoding'],
    ['UTF-8 that claims to be UTF-16', encoded(declaring('UTF-16'), 'utf8'), 'encoding'],
    ['UTF-8 that claims to be UCS-2', encoded(declaring('ISO-10646-UCS-2'), 'utf8'), 'encoding'],
  ])('reads or refuses %s as Maven does when lenient', (_name, bytes, expected) => {
    expect(expected === 'encoding' ? problemOf(bytes, lenient) : parseXml(bytes, lenient).text).toBe(expected);
  });
  it('refuses invalid bytes and unknown encodings, and replaces bytes when lenient', () => {
    expect(problemOf(latin('UTF-8', [0xe9]))).toBe('encoding');
    expect(parseXml(latin('UTF-8', [0xe9]), lenient).text).toBe('\ufffd');
    expect(problemOf(latin('US-ASCII', [0xe9]))).toBe('encoding');
    expect(parseXml(latin('US-ASCII', [0xe9]), lenient).text).toBe('\ufffd');
    expect(problemOf(latin('x-klingon', [0x41]), lenient)).toBe('encoding');
  });

  it.each([
    ['white space before the declaration', '\n<?xml version="1.0"?><a/>'],
    ['a control character', '<a>\u000b</a>'],
    ['HTML entities', '<a>&eacute;&Omega;&hearts;</a>'],
    ['attributes without white space between them', `<a b="1"c='2'xmlns:d="3"/>`],
    ['a DOCTYPE after the root element', '<a/>\n<!DOCTYPE a>'],
  ])('handles %s as Maven does when lenient, and refuses it otherwise', (_name, text) => {
    expect(problemOf(text)).toBe('malformed');
    expect(problemOf(text, lenient)).toBe('none');
  });
  it.each([
    ['<a>\u00011\u0000</a>', '1'],
    ['<a> \u001f\n1 \u0002 </a>', '1'],
    ['<a>\u0001 1\u00012 \ue000\ue002</a>', '1\ufffd2 \ue000\ue002'],
    ['<a><![CDATA[\u00011]]>\u0001</a>', '1'],
    ['<a>\u0001</a>', ''],
    ['<a>\u0001<b/> </a>', '\ufffd '],
    ['<a>1\ufffe</a>', '1\ufffd'],
  ])('trims control characters when lenient, as Java does: %j', (text, expected) => {
    expect(parseXml(text, lenient).text).toBe(expected);
    expect(parseXml(Buffer.from(text), lenient).text).toBe(expected);
  });
  it.each([
    ['a control character in a comment', '<a><!-- \u0001 --></a>'],
    ['a control character in a name', '<a><b\u0001/></a>'],
    ['a control character in a tag', '<a \u000b b="1"/>'],
    ['a DOCTYPE within the root element', '<a><!DOCTYPE a></a>'],
    ['an attribute twice, without white space', '<a b="1"b="2"/>'],
  ])('refuses %s, lenient or not', (_name, text) => {
    expect(problemOf(text)).toBe('malformed');
    expect(problemOf(text, lenient)).toBe('malformed');
  });
  it('refuses a name with an invalid byte when lenient', () => {
    expect(problemOf(Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]), lenient)).toBe('malformed');
  });
  it('knows the HTML entities by their characters', () => {
    expect(parseXml('<a>&nbsp;&eacute;&Omega;&euro;&hearts;</a>', lenient).text).toBe('\u00a0éΩ€♥');
  });
  it.each(
    [
      ['', '<a/><b/>', '<a/>x', 'x<a/>', '<a>', '<a></b>', '<a>&</a>', '<a>&unknown;</a>', '<a>&constructor;</a>', '<a>&#0;</a>'],
      [
        '<?xml version="1.1"?><a/>',
        '<a><!-- -- --></a>',
        '<a b="1" b="2"/>',
        '<a b=1/>',
        '<a>]]></a>',
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
      ],
      [
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>&e;</a>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        '<a',
        '<a><![CDATA[',
        '<a/><?xml version="1.0"?>',
      ],
    ].flat(),
  )('refuses %j, lenient or not', (text) => {
    expect(problemOf(text)).toBe('malformed');
    expect(problemOf(text, lenient)).toBe('malformed');
  });
  it('skips a DOCTYPE that is not used', () => {
    expect(problemOf('<!DOCTYPE a [<!ENTITY e "x">]><a/>')).toBe('none');
  });
  it('says where the error is', () => {
    expect(() => parseXml('<a>\n <b></c></a>')).toThrowError(/^line 2, column \d+: /);
    expect(() => parseXml('<a\u001b[31m/>')).not.toThrowError(/\u001b/);
  });
  it('enforces its limits', () => {
    expect(problemOf('<a>'.repeat(201))).toBe('too-deep');
    expect(problemOf('<a>'.repeat(200) + '</a>'.repeat(200))).toBe('none');
    expect(problemOf('<a>12345</a>', { maxBytes: 11 })).toBe('too-large');
    expect(problemOf('<a><b/><b/></a>', { maxNodes: 2 })).toBe('too-large');
    expect(problemOf('<a x="1" y="2"/>', { maxNodes: 2 })).toBe('too-large');
    expect(problemOf('<a>12<b/>34</a>', { maxTextLength: 3 })).toBe('too-large');
    expect(problemOf('<a x="1234"/>', { maxTextLength: 3 })).toBe('too-large');
  });
  const fill = (piece: string): string => piece.repeat(Math.floor((8 * 1024 * 1024 - 100) / piece.length));
  it.each([
    ['hyphens in a comment', `<a><!--${fill('- ')}--></a>`],
    ['brackets in a CDATA section', `<a><![CDATA[${fill('] ')}]]></a>`],
    ['declarations in a DTD', `<!DOCTYPE a [${fill('<!ENTITY a "x">')}]><a/>`],
    ['strings in a DTD', `<!DOCTYPE a [${fill('" "')}]><a/>`],
    ['references in attributes', `<a b="${fill('&lt;')}"/>`],
    ['empty comments', `<a>${fill('<!---->')}</a>`],
  ])('refuses more markup than the event loop can wait for: %s', (_name, text) => {
    expect(() => parseXml(text, lenient)).toThrowError('the document has more than 1500000 characters of markup');
  });
  it('reads the largest document of long names and values that a tool may write', () => {
    const dependency =
      '<dependency><groupId>org.example.a-group</groupId><artifactId>an-artifact-of-it</artifactId><version>1.0-rc-1</version></dependency>';
    expect(problemOf(`<project>${fill(dependency)}</project>`)).toBe('none');
  });
  it('limits the attributes of one element', () => {
    const element = (count: number): string => `<a ${Array.from({ length: count }, (_, index) => `b${index}=""`).join(' ')}/>`;
    expect(problemOf(element(1000))).toBe('none');
    expect(() => parseXml(element(1001))).toThrowError('an element has more than 1000 attributes');
  });
  it('throws only XmlError, whatever the input', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '<a>',
      '</a>',
      '&',
      ';',
      '&lt;',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?xml version="1.0"?>',
      '"',
      "'",
      '=',
      '\u0000',
      '\ud800',
      '<!DOCTYPE a [',
      ']>',
      '__proto__',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 100 }),
          fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
        ),
        fc.boolean(),
        (input, mild) => {
          problemOf(input, { lenient: mild });
        },
      ),
    );
  });
  it('reads text back as it was written', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, (value) => {
        const escaped = value.replace(/[&<>\r]/g, (c) => `&#${c.charCodeAt(0)};`);
        expect(parseXml(`<a>${escaped}</a>`, lenient).text.length).toBe(value.length);
      }),
    );
  });
});

describe('looksLikeHtml', () => {
  it.each([
    '<!DOCTYPE html><html>',
    '<html lang="en">',
    '\ufeff\n <HTML>',
    '<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">',
    '<head><title>Login',
  ])('accepts %j', (text) => {
    expect(looksLikeHtml(Buffer.from(text))).toBe(true);
  });
  it.each([
    '',
    '<project>',
    '<?xml version="1.0"?><metadata>',
    '<metadata>',
    'da39a3ee',
    'PK\u0003\u0004',
    '<!-- html --><project>',
    '<htmlx>',
  ])('rejects %j', (text) => {
    expect(looksLikeHtml(Buffer.from(text))).toBe(false);
  });
  it('is quick on hostile beginnings', () => {
    expect(looksLikeHtml(Buffer.from('<!--'.repeat(10_000)))).toBe(false);
    expect(looksLikeHtml(Buffer.from(' '.repeat(100_000)))).toBe(false);
  });
});

const corpus = process.env['CLOJARS_FETCH_CORPUS'] ?? join(import.meta.dirname, '../../../shared/conformance');
const archive = join(corpus, 'repo.tar.gz');

describe('the odd POMs of the corpus', () => {
  // Skipped without the corpus: set CLOJARS_FETCH_CORPUS to its folder.
  it.skipIf(!existsSync(archive))('are refused exactly where Maven refuses them', async () => {
    const folder = await temporaryFolder();
    const listed = execFileSync('tar', ['tzf', archive], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
      .split('\n')
      .filter((line) => line.includes('conf/h026/') && line.endsWith('.pom'));
    execFileSync('tar', ['xzf', archive, '-C', folder, ...listed]);
    const refused = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.pom') && problemOf(readFileSync(join(folder, file)), lenient) !== 'none')
      .map((file) => file.replace(/^.*h026\/([^/]+)\/.*$/, '$1'));
    expect(refused.sort()).toEqual(['amp', 'dash2', 'doctype', 'empty', 'trail', 'trunc', 'unkent', 'xml11']);
  });
});
