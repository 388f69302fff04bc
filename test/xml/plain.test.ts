/** Documents that are read without the event parser give the same tree as with it, and none that it refuses is accepted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readPlain } from '../../src/base/xml/plain.js';
import { readByEvents, type XmlElement } from '../../src/base/xml/xml.js';
import { XmlError } from '../../src/base/xml/xml-error.js';

const limits = { maxDepth: 200, maxNodes: 500_000, maxTextLength: 1024 * 1024 };

function byEvents(text: string): XmlElement | null {
  try {
    return readByEvents(text);
  } catch (error) {
    if (error instanceof XmlError) return null;
    throw error;
  }
}

/** Pieces of documents, whole and broken, that may follow each other in any order. */
const piece = fc.oneof(
  fc.constantFrom('<a>', '</a>', '<b>', '</b>', '<a/>', '<b />', '<c x="1" y="2>1">', '</c>', '<c x="1"\n  y=""/>', '<d x="1" x="2"/>'),
  fc.constantFrom('<e x="a\nb"/>', "<e x='1'/>", '<e x="<"/>', '<x:e/>', '<xmlish/>', '<é/>', '</a >', '<a', '</', '<', '>', '"'),
  fc.constantFrom(
    '<!-- c -->',
    '<!---->',
    '<!-- <a> -->',
    '<!-- a -- b -->',
    '<!--a--->',
    '<!-- open',
    '-->',
    '<![CDATA[x]]>',
    ']]>',
    '<!DOCTYPE a>',
  ),
  fc.constantFrom(
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<?xml version='1.0'?>",
    '<?xml version="1.1"?>',
    '<?p i?>',
    '&amp;',
    '&nbsp;',
    '&',
  ),
  fc.constantFrom(' ', '\n', '\n\n\t', '\r\n', '\r', 'text', ' text ', 'é', '\u0085', '\u0007', '\ufffe', '\ud800', '😀'),
);
const element: fc.Memo<string> = fc.memo((depth) => {
  const inner = fc.oneof(
    fc.constantFrom('', ' ', 'text', '\n  ', '<!-- c -->', '1.0'),
    depth > 1 ? element(depth - 1) : fc.constant('<e/>'),
  );
  return fc
    .tuple(
      fc.constantFrom('a', 'groupId', 'x-1.b', '_'),
      fc.constantFrom('', ' k="v"', ' xmlns="u" xmlns:x="v"\n x:y="z >"'),
      fc.array(inner, { maxLength: 4 }),
    )
    .map(([name, attributes, parts]) => `<${name}${attributes}>${parts.join('')}</${name}>`);
});

describe('plain documents', () => {
  it('give the tree that saxes gives', () => {
    const prolog = fc.constantFrom('', '\n', '<!-- c -->\n', '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c -->');
    fc.assert(
      fc.property(prolog, element(4), fc.constantFrom('', '\n', ' <!-- end -->\n'), (before, root, after) => {
        const text = before + root + after;
        expect(readPlain(text, limits)).toEqual(readByEvents(text));
      }),
      { numRuns: 500 },
    );
  });

  it('are the only ones that are accepted', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, isWrapped) => {
        const text = isWrapped ? `<r>${pieces.join('')}</r>` : pieces.join('');
        const plain = readPlain(text, limits);
        if (plain !== null) expect(plain).toEqual(byEvents(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('exceed no limit', () => {
    const text = '<a x="1"><b><c>text</c></b></a>';
    expect(readPlain(text, { maxDepth: 3, maxNodes: 4, maxTextLength: 4 })).not.toBeNull();
    expect(readPlain(text, { ...limits, maxDepth: 2 })).toBeNull();
    expect(readPlain(text, { ...limits, maxNodes: 3 })).toBeNull();
    expect(readPlain(text, { ...limits, maxTextLength: 3 })).toBeNull();
  });
});
