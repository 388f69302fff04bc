import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ClojarsFetchError } from '../../src/base/error.js';
import {
  artifactsDocument,
  diagnosisDocument,
  failureDocument,
  formatJson,
  mirrorsDocument,
  versionsDocument,
} from '../../src/cli/output/json.js';
import { codePoint } from '../support/code-point.js';
import { artifact, diagnosis, failure, localArtifact, mirrors, versionList } from './samples.js';

describe('documents', () => {
  test.each([
    ['artifacts', artifactsDocument([artifact, localArtifact], ['one', 'one'])],
    ['versions', versionsDocument(versionList, [])],
    ['mirrors', mirrorsDocument(mirrors, [])],
    ['doctor', diagnosisDocument(diagnosis, [])],
    ['failure', failureDocument(failure, ['seen before'])],
    ['failure-bare', failureDocument(new ClojarsFetchError('ERR_OFFLINE', { reason: 'absent', message: 'not there' }), [])],
    ['failure-internal', failureDocument(new TypeError('x is not a function'), [])],
  ])('follow the schema: %s', async (name, document) => {
    await expect(formatJson(document)).toMatchFileSnapshot(`../golden/cli/${name}.json`);
  });

  test('leave out fields of later versions of the library in version 1', () => {
    expect(formatJson(artifactsDocument([{ ...artifact, ...{ surprise: 1 } }], []))).not.toContain('surprise');
  });

  test('show any text without letting a control character reach the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        const document = failureDocument(new ClojarsFetchError('ERR_POM', { reason: 'malformed', message: text }), [text]);
        const json = formatJson(document);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(document)));
        expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
