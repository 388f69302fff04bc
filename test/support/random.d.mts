/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** Returns a generator whose numbers follow from the seed. */
export declare function createRandom(seed: number): Random;
