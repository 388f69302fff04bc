/** Answers to plain requests for hot files. They change only with the age of the file, so each serves for a second. */
import { servableFile } from './content.js';
import type { ApprovedFile } from './files/file-download.js';
import { answerFile, type FileAnswer } from './http/file-answer.js';
import type { HotFile } from './server/hot-files.js';

interface KnownAnswer {
  readonly answer: FileAnswer;
  readonly file: ApprovedFile;
  readonly ageSeconds: number;
}

export class PlainAnswers {
  readonly #known = new WeakMap<HotFile, KnownAnswer>();

  /** Returns the answer to a GET without conditions and ranges. */
  get(hot: HotFile, file: ApprovedFile, nowMs: number): FileAnswer {
    const ageSeconds = Math.floor((nowMs - file.confirmedMs) / 1000);
    const known = this.#known.get(hot);
    // A file that was approved again may be fresh now, or have other digests.
    if (known?.ageSeconds === ageSeconds && known.file === file) return known.answer;
    const answer = answerFile({ method: 'GET', headers: {} }, servableFile(file, null, nowMs).representation);
    this.#known.set(hot, { answer, file, ageSeconds });
    return answer;
  }
}
