/** A GGUF file of version 3 with two settings and one F32 tensor. */
export function gguf(options: { values: number; version?: number; architecture?: string }): Buffer {
  const parts = [
    Buffer.from('GGUF'),
    uint32(options.version ?? 3),
    uint64(1),
    uint64(2),
    Buffer.concat([text('general.architecture'), uint32(8), text(options.architecture ?? 'flux')]),
    Buffer.concat([text('tokens'), uint32(9), uint32(8), uint64(2), text('one'), text('two')]),
    Buffer.concat([text('blk.weight'), uint32(1), uint64(options.values), uint32(0), uint64(0)]),
  ];
  const header = Buffer.concat(parts);
  const padding = Buffer.alloc(Math.ceil(header.length / 32) * 32 - header.length);
  return Buffer.concat([header, padding, Buffer.alloc(options.values * 4, 1)]);
}

/** A zip with one stored file, as PyTorch writes them unless it is called otherwise; `wide` with a 64-bit end record. */
export function zip(options: { wide?: boolean; badLocator?: boolean; entry?: string } = {}): Buffer {
  const data = Buffer.from('weights');
  const name = Buffer.from(options.entry ?? 'a/data.pkl');
  const local = Buffer.concat([
    uint32(0x04034b50),
    Buffer.alloc(14),
    uint32(data.length),
    uint32(data.length),
    uint16(name.length),
    uint16(0),
    name,
    data,
  ]);
  const central = Buffer.concat([uint32(0x02014b50), Buffer.alloc(24), uint16(name.length), Buffer.alloc(16), name]);
  const wide = Buffer.concat([uint32(0x06064b50), uint64(44), Buffer.alloc(28), uint64(central.length), uint64(local.length)]);
  const locator = Buffer.concat([
    uint32(0x07064b50),
    uint32(0),
    uint64(local.length + central.length + (options.badLocator === true ? 5 : 0)),
    uint32(1),
  ]);
  const [bytes, offset] = options.wide === true ? [0xffffffff, 0xffffffff] : [central.length, local.length];
  const end = Buffer.concat([uint32(0x06054b50), Buffer.alloc(8), uint32(bytes), uint32(offset), uint16(0)]);
  return Buffer.concat([local, central, ...(options.wide === true ? [wide, locator] : []), end]);
}

/** An ONNX model with a version, a producer and a graph of 300 bytes. */
export function onnx(): Buffer {
  const graph = Buffer.alloc(300, 0);
  return Buffer.concat([Buffer.from([0x08, 0x08, 0x12, 0x02, 0x70, 0x74, 0x3a, 0xac, 0x02]), graph]);
}

function text(value: string): Buffer {
  return Buffer.concat([uint64(value.length), Buffer.from(value)]);
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}
