/** Writes counts of versions into one file, in the form of EDN or JSON, and adds them up. */
import { KeptText } from '../count/kept-text.js';
import { find, slash } from '../lines/bytes.js';
import type { CountForm } from './count-form.js';
import { NewFile } from './new-file.js';

/** How much was counted. */
export interface Totals {
  readonly downloads: number;
  /** Number of artifacts that were downloaded. */
  readonly artifacts: number;
  /** Number of their versions that were downloaded. */
  readonly versions: number;
}

export class CountFile {
  readonly file: NewFile;
  readonly #form: CountForm;
  /** `group/artifact` of the last count. */
  readonly #last = new KeptText();
  #downloads = 0;
  #artifacts = 0;
  #versions = 0;

  constructor(path: string, form: CountForm) {
    this.file = new NewFile(path);
    this.#form = form;
    this.file.write(form.begin);
  }

  /** Takes `group/artifact/version`. All versions of an artifact must arrive one after another. */
  add(bytes: Uint8Array, start: number, end: number, count: number): void {
    const groupEnd = find(bytes, slash, start, end);
    const nameEnd = find(bytes, slash, groupEnd + 1, end);
    if (this.#artifacts > 0 && this.#last.equals(bytes, start, nameEnd)) this.file.write(this.#form.betweenVersions);
    else this.#beginArtifact(bytes, start, groupEnd, nameEnd);
    this.file.writeString(bytes, nameEnd + 1, end);
    this.file.write(this.#form.beforeCount);
    this.file.write(String(count));
    this.#downloads += count;
    this.#versions += 1;
  }

  /** Ends the text, and closes the file. */
  end(): Totals {
    this.file.write((this.#artifacts > 0 ? this.#form.afterVersions : '') + this.#form.end);
    this.file.close();
    return { downloads: this.#downloads, artifacts: this.#artifacts, versions: this.#versions };
  }

  #beginArtifact(bytes: Uint8Array, start: number, groupEnd: number, nameEnd: number): void {
    const { afterVersions, betweenArtifacts, beforeGroup, beforeArtifact, beforeVersions } = this.#form;
    this.file.write((this.#artifacts > 0 ? afterVersions + betweenArtifacts : '') + beforeGroup);
    this.file.writeString(bytes, start, groupEnd);
    this.file.write(beforeArtifact);
    this.file.writeString(bytes, groupEnd + 1, nameEnd);
    this.file.write(beforeVersions);
    this.#artifacts += 1;
    this.#last.set(bytes, start, nameEnd);
  }
}
