import { colors } from 'consola/utils';
import type { Environment } from '../core/ports.ts';

/** Words in colour, or as they are. */
export interface Style {
  bold: (text: string) => string;
  dim: (text: string) => string;
  green: (text: string) => string;
  yellow: (text: string) => string;
  red: (text: string) => string;
}

const plain = (text: string): string => text;
const PLAIN: Style = { bold: plain, dim: plain, green: plain, yellow: plain, red: plain };
const COLOURED: Style = { bold: colors.bold, dim: colors.dim, green: colors.green, yellow: colors.yellow, red: colors.red };

/** Colour on a terminal only, and never with `NO_COLOR` (any value that is not empty, no-color.org) or a dumb terminal. */
export function chooseStyle(stream: { isTTY?: boolean }, env: Environment): Style {
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? COLOURED : PLAIN;
}
