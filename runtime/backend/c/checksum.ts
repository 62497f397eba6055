/** The checksum of the program `cksum`: POSIX has it everywhere, so that shells can write what is checked here. */

const POLYNOMIAL = 0x04c11db7;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ (remainder < 0 ? POLYNOMIAL : 0);
  return remainder;
});

/** The CRC of the bytes followed by those of their number, the lowest first (POSIX.1, `cksum`). */
export function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ TABLE[(crc >>> 24) ^ bytes[i]];
  for (let rest = bytes.length; rest > 0; rest = Math.floor(rest / 256))
    crc = (crc << 8) ^ TABLE[(crc >>> 24) ^ (rest % 256)];
  return ~crc >>> 0;
}
