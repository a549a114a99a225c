/** One tensor as the header of a safetensors file tells it. */
export interface TensorPlace {
  name: string;
  /** As written; the format gains new ones. */
  dtype: unknown;
  shape: readonly number[];
  /** Counted from the end of the header; `end` is the first byte behind it. */
  start: number;
  end: number;
}

/** Bits that one value takes (`Dtype::bitsize` in safetensors' tensor.rs, read 2026-05). */
const BITS: ReadonlyMap<unknown, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ...each(8, 'BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ'),
  ...each(16, 'I16 U16 F16 BF16'),
  ...each(32, 'I32 U32 F32'),
  ...each(64, 'I64 U64 F64 C64'),
]);

function each(bits: number, names: string): [string, number][] {
  return names.split(' ').map((name) => [name, bits]);
}

/**
 * Why the safetensors library would not take tensors that lie so (`Metadata::validate` in its tensor.rs, read 2026-05): ordered by their
 * places, each begins where the one before it ends, the first at 0, and has the bytes that its shape and type need. Their order in the
 * header is free. The size of a type that is not known here is not judged. `undefined` when it would.
 */
export function findLayoutFault(tensors: readonly TensorPlace[]): { name: string; fault: string } | undefined {
  let end = 0;
  for (const tensor of inOrder(tensors)) {
    const { name, start } = tensor;
    if (start !== end) return { name, fault: start > end ? `begins ${start - end} bytes behind the one before it` : 'overlaps another' };
    end = tensor.end;
    const needed = bytesNeeded(tensor);
    if (needed !== undefined && needed !== end - start)
      return { name, fault: `has ${end - start} bytes, its shape and type need ${needed}` };
  }
  return undefined;
}

/** Nearly every writer lists them in order. */
function inOrder(tensors: readonly TensorPlace[]): readonly TensorPlace[] {
  const isOrdered = tensors.every((tensor, at) => at === 0 || compare(tensors[at - 1] ?? tensor, tensor) <= 0);
  return isOrdered ? tensors : tensors.toSorted(compare);
}

/** An empty tensor lies before the one that begins at the same place. */
function compare(left: TensorPlace, right: TensorPlace): number {
  return left.start - right.start || left.end - right.end;
}

function bytesNeeded({ dtype, shape }: TensorPlace): number | undefined {
  const bits = BITS.get(dtype);
  return bits === undefined ? undefined : (shape.reduce((product, length) => product * length, 1) * bits) / 8;
}
