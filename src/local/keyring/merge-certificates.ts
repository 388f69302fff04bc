/**
 * Merges two copies of one certificate into one that has every packet of both. Nothing is judged and nothing dropped:
 * a revocation that one copy lacks must not be lost, and signatures are verified when they are used.
 */
import { formatPacket, type Packet, packetTag, readPackets } from '../../proof/openpgp/packet/packets.js';

/** A part of a certificate: a key, user ID or attribute, and the signatures on it. */
interface Component {
  readonly head: Packet;
  readonly signatures: Packet[];
}

/**
 * Returns the packets of `one` in their order, then those that only `other` has. Both must be certificates with the same
 * primary key. Trust packets, a program's private notes (RFC 9580 section 5.10), are left out.
 *
 * @throws ClojarsFetchError `ERR_SIGNATURE`, reason `malformed`, if the packets are damaged
 */
export function mergeCertificates(one: Uint8Array, other: Uint8Array): Uint8Array {
  const merged: Component[] = [];
  const byHead = new Map<string, Component>();
  for (const component of [...componentsOf(one), ...componentsOf(other)]) {
    const key = keyOf(component.head);
    const known = byHead.get(key);
    if (known === undefined) {
      const fresh = { head: component.head, signatures: distinct(component.signatures) };
      byHead.set(key, fresh);
      merged.push(fresh);
    } else {
      const there = new Set(known.signatures.map(keyOf));
      known.signatures.push(...distinct(component.signatures).filter((signature) => !there.has(keyOf(signature))));
    }
  }
  // The grammar requires the primary key, then user IDs and attributes, then subkeys (RFC 9580 section 10.1).
  const rank = ({ head }: Component): number => (head.tag === packetTag.publicKey ? 0 : head.tag === packetTag.publicSubkey ? 2 : 1);
  const ordered = [0, 1, 2].flatMap((wanted) => merged.filter((component) => rank(component) === wanted));
  return Buffer.concat(ordered.flatMap(({ head, signatures }) => [head, ...signatures]).map(({ tag, body }) => formatPacket(tag, body)));
}

function componentsOf(bytes: Uint8Array): Component[] {
  const components: Component[] = [];
  for (const packet of readPackets(bytes)) {
    if (packet.tag === packetTag.trust || packet.tag === packetTag.marker || packet.tag === packetTag.padding) continue;
    const isHead =
      packet.tag === packetTag.publicKey ||
      packet.tag === packetTag.publicSubkey ||
      packet.tag === packetTag.userId ||
      packet.tag === packetTag.userAttribute;
    if (isHead) components.push({ head: packet, signatures: [] });
    else components.at(-1)?.signatures.push(packet);
  }
  return components;
}

function distinct(packets: readonly Packet[]): Packet[] {
  const seen = new Map(packets.map((packet) => [keyOf(packet), packet]));
  return [...seen.values()];
}

/** Equal for packets with the same tag and body: the head of a packet can be written in several ways. */
function keyOf({ tag, body }: Packet): string {
  return `${tag}:${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')}`;
}
