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
  /** Whether they make enough room. If not, they are all that may leave now. */
  readonly suffices: boolean;
}

/** The units in the order in which they may leave: first the free ones, then the spared ones. Looks at no more of them than it has to. */
function* inTurn(units: Iterable<EvictionUnit>): Generator<EvictionUnit> {
  const spared: EvictionUnit[] = [];
  for (const unit of units) {
    if (unit.standing === 'spared') spared.push(unit);
    else if (unit.standing === 'free') yield unit;
  }
  yield* spared;
}

/**
 * Plans the removal of the units used longest ago, and of no more than it takes.
 * @param units the one used longest ago first
 * @param most units that may leave
 */
export function planEviction(units: Iterable<EvictionUnit>, needed: RoomNeeded, most = Infinity): EvictionPlan {
  let { bytes, files } = needed;
  const victims: EvictionUnit[] = [];
  if (bytes <= 0 && files <= 0) return { victims, suffices: true };
  for (const unit of inTurn(units)) {
    if (victims.length >= most) break;
    if (unit.files === 0) continue;
    // Empty files make no room for bytes.
    if (bytes > 0 && files <= 0 && unit.bytes === 0) continue;
    victims.push(unit);
    bytes -= unit.bytes;
    files -= unit.files;
    if (bytes <= 0 && files <= 0) return { victims, suffices: true };
  }
  return { victims, suffices: false };
}
