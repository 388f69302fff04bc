/** Chooses what leaves the cache. Pure: sizes and times of use come in, the order of removal goes out. */

/** Files that leave together: those of one folder, that is, of one version. */
export interface EvictionUnit {
  readonly key: string;
  readonly bytes: number;
  readonly files: number;
  readonly lastUsedMs: number;
  /** `spared`: leaves only if all `free` ones are not enough; `held`: never leaves. */
  readonly standing: 'free' | 'spared' | 'held';
}

/** How much must become free; zero or less is satisfied already. */
export interface RoomNeeded {
  readonly bytes: number;
  readonly files: number;
}

export interface EvictionPlan {
  /** In the order of removal. */
  readonly victims: readonly EvictionUnit[];
  /** Whether they make enough room. If not, they are all that may leave. */
  readonly suffices: boolean;
}

function compareAge(one: EvictionUnit, other: EvictionUnit): number {
  if (one.standing !== other.standing) return one.standing === 'free' ? -1 : 1;
  if (one.lastUsedMs !== other.lastUsedMs) return one.lastUsedMs - other.lastUsedMs;
  return one.key < other.key ? -1 : 1;
}

/** Plans the removal of the units used longest ago, and of no more than it takes. */
export function planEviction(units: Iterable<EvictionUnit>, needed: RoomNeeded): EvictionPlan {
  let { bytes, files } = needed;
  const victims: EvictionUnit[] = [];
  if (bytes <= 0 && files <= 0) return { victims, suffices: true };
  const candidates = [...units].filter((unit) => unit.standing !== 'held' && unit.files > 0).sort(compareAge);
  for (const unit of candidates) {
    // Empty files make no room for bytes.
    if (bytes > 0 && files <= 0 && unit.bytes === 0) continue;
    victims.push(unit);
    bytes -= unit.bytes;
    files -= unit.files;
    if (bytes <= 0 && files <= 0) return { victims, suffices: true };
  }
  return { victims, suffices: false };
}
