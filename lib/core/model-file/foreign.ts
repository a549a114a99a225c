import { extensionOf } from './names.ts';

/** How files of another trade begin. */
interface Foreign {
  /** Its damage where a model should be, in the words of the other formats. */
  damage: string;
  begins: (head: Buffer) => boolean;
  /** Endings of files that may begin so by right. */
  unless?: readonly string[];
}

/** joblib and others pack their pickles; `torch.load` and ComfyUI read none of these. */
const PACKED_PICKLES = ['.pkl'] as const;

/**
 * What servers send in place of a model and people save under its name: pictures, sounds, films, documents, archives and programs. Only
 * beginnings that say it for certain: a model in a format that nobody here knows stays what it is. A zip is none of them, as PyTorch
 * writes zips. From the formats' own specifications, as collected in file's `magic` (2026-10).
 */
const FOREIGN: readonly Foreign[] = [
  { damage: 'png: a picture, not a model', begins: starts('\x89PNG\r\n\x1a\n') },
  { damage: 'jpeg: a picture, not a model', begins: isJpeg },
  { damage: 'gif: a picture, not a model', begins: (head) => starts('GIF87a')(head) || starts('GIF89a')(head) },
  { damage: 'webp: a picture, not a model', begins: (head) => starts('RIFF')(head) && starts('WEBP', 8)(head) },
  { damage: 'riff: a sound or a film, not a model', begins: (head) => starts('RIFF')(head) && /^(?:WAVE|AVI )$/.test(letters(head, 8)) },
  { damage: 'mp4: a film or a picture, not a model', begins: starts('ftyp', 4) },
  { damage: 'matroska: a film, not a model', begins: starts('\x1a\x45\xdf\xa3') },
  { damage: 'ogg: a sound, not a model', begins: starts('OggS\0') },
  { damage: 'pdf: a document, not a model', begins: starts('%PDF-') },
  { damage: 'gzip: an archive, not a model', begins: isGzip, unless: PACKED_PICKLES },
  { damage: 'xz: an archive, not a model', begins: starts('\xfd7zXZ\0'), unless: PACKED_PICKLES },
  { damage: '7z: an archive, not a model', begins: starts('7z\xbc\xaf\x27\x1c') },
  { damage: 'rar: an archive, not a model', begins: starts('Rar!\x1a\x07') },
  { damage: 'elf: a program, not a model', begins: isElf },
  { damage: 'exe: a program, not a model', begins: isWindowsProgram },
];

/** Why a file that begins so is no model, where its beginning tells for certain; else `undefined`. */
export function foreignDamage(head: Buffer, name: string): string | undefined {
  const extension = extensionOf(name);
  return FOREIGN.find(({ begins, unless }) => begins(head) && unless?.includes(extension) !== true)?.damage;
}

function starts(magic: string, at = 0): (head: Buffer) => boolean {
  const bytes = Buffer.from(magic, 'latin1');
  return (head) => head.subarray(at, at + bytes.length).equals(bytes);
}

function letters(head: Buffer, at: number): string {
  return head.toString('latin1', at, at + 4);
}

/** Start of image, then another marker; three bytes alone might be a number. */
function isJpeg(head: Buffer): boolean {
  return starts('\xff\xd8\xff')(head) && (head[3] ?? 0) >= 0xc0 && head[3] !== 0xff;
}

/** Deflate is its only method, and three of its flags are reserved (RFC 1952). */
function isGzip(head: Buffer): boolean {
  return starts('\x1f\x8b\x08')(head) && head.length >= 10 && (head[3] ?? 0xff) < 0x20;
}

/** Its word length and byte order are 1 or 2 each, its version is 1. */
function isElf(head: Buffer): boolean {
  const [, , , , words = 0, order = 0, version] = head;
  return starts('\x7fELF')(head) && words >= 1 && words <= 2 && order >= 1 && order <= 2 && version === 1;
}

/** `MZ` is two letters only: what they lead to has to be there too. */
function isWindowsProgram(head: Buffer): boolean {
  if (!starts('MZ')(head) || head.length < 0x40) return false;
  return starts('PE\0\0', head.readUInt32LE(0x3c))(head);
}
