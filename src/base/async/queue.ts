/** Things in the order in which they came. What was taken is not kept, even if the queue is never empty for weeks. */
export class Queue<T> {
  /** Those that came since the others were turned round. */
  #last: T[] = [];
  /** The first one at the end, so that taking it moves no other. */
  #first: T[] = [];

  push(thing: T): void {
    this.#last.push(thing);
  }

  /** Takes the one that came first; undefined if there is none. */
  shift(): T | undefined {
    if (this.#first.length === 0) {
      this.#first = this.#last.reverse();
      this.#last = [];
    }
    return this.#first.pop();
  }
}
