/** Collects a reader's findings other than the dependencies. */
import { isClojarsFetchError } from '../../../base/error.js';
import { completeCoordinate, type Dependency } from '../../coordinate/coordinate.js';
import { formatCoordinate } from '../../coordinate/format.js';
import { coordinateError, isVersionName, validateCoordinate } from '../../coordinate/validate.js';
import { readsAsSelector } from '../../version/selector.js';
import { fileError } from '../clojure/clojure-reader.js';
import type { Position } from '../clojure/form.js';
import type { NotOurs, ProjectProblem } from './model.js';

/** The problems of one file, and the dependencies in it that this program cannot fetch. */
export class Findings {
  readonly notOurs: NotOurs[] = [];
  readonly problems: ProjectProblem[] = [];

  constructor(readonly file: string) {}

  noteNotOurs(name: string, kind: NotOurs['kind'], { line, column }: Position): void {
    this.notOurs.push({ name, kind, line, column });
  }

  noteProblem(message: string, { line, column }: Position): void {
    this.problems.push({ message, line, column });
  }

  /** Notes that the build needs something that the file does not name. */
  noteIncomplete(message: string, { line, column }: Position): void {
    this.problems.push({ message, incomplete: true, line, column });
  }

  /** @throws ClojarsFetchError `ERR_CONFIG`, reason `malformed` */
  refuse(position: Position, why: string): never {
    throw fileError(this.file, position, why);
  }

  /** Returns the dependency if its coordinate is valid. Its version is never a selector. @throws ClojarsFetchError `ERR_COORDINATE` with the place in the file */
  checked(dependency: Dependency, { line, column }: Position): Dependency {
    try {
      const { version } = dependency;
      if (readsAsSelector(version) && !isVersionName(version)) {
        throw coordinateError('malformed', formatCoordinate(dependency), 'build tools know no version selectors');
      }
      validateCoordinate(completeCoordinate(dependency));
      return readsAsSelector(version) ? { ...dependency, plainVersion: true } : dependency;
    } catch (error) {
      if (!isClojarsFetchError(error)) throw error;
      throw error.with({
        message: `${this.file}: line ${line}, column ${column}: ${error.message}`,
        path: this.file,
        cause: error,
      });
    }
  }
}
