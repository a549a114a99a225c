/*
 * Takes out of a workflow's JSON what the search for names never looks at: AssemblyScript, compiled to `../skim.wasm` by
 * `bun run build:skim`. `../skimmer.ts` says what comes of it and gives it its memory.
 *
 * It follows the JSON's brackets and quotes, 16 or 64 bytes at a time, and judges what it leaves out by little more. Whatever it keeps is parsed
 * afterwards, and anything that it does not know makes it give up (0), so that the whole file is parsed.
 */

/** Where things lie in the memory, as in `../skimmer.ts`. */
const PLAIN: usize = 1024;
const SAID: usize = 40_960;
const SPANS: usize = 65_536;
const INPUT: usize = 1_048_576;
const OUTPUT: usize = 2_162_688;
const REPEATS: usize = 4_718_592;

/** The table of hashes of plain types: 8,192 places of 4 bytes, of which half may be taken. */
const TABLE_BITS: usize = 0x7ffc;
/**
 * The table of a node's keys: a place to begin at, and 32 for the first 16 bytes of a key, which of them have to be the same, how many bytes it
 * has up to behind its colon, its fate, and the place of the key that came after it last.
 */
const KEYS: usize = 34_816;
const KEY_BYTES: usize = 32;
/** Where the members of a node's properties lie that are worth keeping; where there are more of them than of any node, all of them are. */
const KEPT: usize = 36_864;
const MOST_KEPT: usize = 64;
const ALL_KEPT: i32 = -1;
/** The same of the last node that was cut down and has its own. */
const LAST_KEPT: usize = KEPT + MOST_KEPT * 8;
/** The table of what nodes of a type said last of themselves: 512 places of seven numbers, and room for one. */
const SAID_PLACES: u32 = 512;
const SAID_BYTES: usize = 32;
/** Nodes of a skeleton, and as many that repeat what others said: each has two numbers in the list of spans, those of the second kind last. */
const MOST_NODES: u32 = 60_000;

/** A model's ending with its dot and blanks behind it, as in `../../model-name.ts`, in ASCII. */
const MAX_ENDING_BYTES: usize = 16;

const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const DOT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const OPEN_LIST: u8 = 0x5b;
const BACKSLASH: u8 = 0x5c;
const CLOSE_LIST: u8 = 0x5d;
const OPEN_OBJECT: u8 = 0x7b;
const CLOSE_OBJECT: u8 = 0x7d;
const SPACE: u8 = 0x20;

/** What becomes of one of a node's members. */
const KEEP: u32 = 0;
const DROP: u32 = 1;
const TYPE: u32 = 2;
const PROPERTIES: u32 = 3;
const INPUTS: u32 = 4;
const OUTPUTS: u32 = 5;
const VALUES: u32 = 6;
const MODE: u32 = 7;
const ID: u32 = 8;

/** What of a node's properties and mode was said before. */
const NEW: u32 = 0;
const PROPERTIES_SAID: u32 = 1;
const ALL_SAID: u32 = 2;

/** The first bytes of keys, as they lie in memory. */
const KEY_ID: u16 = 0x64_69; // id
const KEY_POS: u32 = 0x22_73_6f_70; // pos"
const KEY_SIZE: u32 = 0x65_7a_69_73;
const KEY_TYPE: u32 = 0x65_70_79_74;
const KEY_MODE: u32 = 0x65_64_6f_6d;
const KEY_FLAGS: u32 = 0x67_61_6c_66; // flag
const KEY_ORDER: u32 = 0x65_64_72_6f; // orde
const KEY_TITLE: u32 = 0x6c_74_69_74; // titl
const KEY_COLOR: u32 = 0x6f_6c_6f_63; // colo
const KEY_NODES: u32 = 0x65_64_6f_6e; // node
const KEY_LINKS: u32 = 0x6b_6e_69_6c; // link
const KEY_INPUTS: u32 = 0x75_70_6e_69; // inpu
const KEY_OUTPUTS: u32 = 0x70_74_75_6f; // outp
const KEY_BGCOLOR: u32 = 0x6f_63_67_62; // bgco
const KEY_PROPERTIES: u64 = 0x69_74_72_65_70_6f_72_70; // properti
/** With its quotes. */
const PROPERTIES_KEY_BYTES: usize = 12;
const KEY_WIDGETS_VALUES: u64 = 0x5f_73_74_65_67_64_69_77; // widgets_

/** A node's place in the list; of one that was cut down, that much below -1. Behind all others, a key of this name is the one that counts. */
const PLACE: u8 = 0x23; // #
/** Stands for that of a node which was cut down, has nothing else, and the properties of the last one before it that has its own. */
const PLACE_OF_LIKE: u8 = 0x3d; // =
/** How many nodes of the skeleton stand before one that is not in it. */
const BEFORE: u8 = 0x40; // @

let end: usize = 0;
let out: usize = 0;
/** Where the next node goes that repeats what another one said, and how many there are. */
let repeatsOut: usize = 0;
let repeats: u32 = 0;
/** How many nodes the skeleton has. */
let nodes: u32 = 0;
let isBroken: bool = false;
/** The number of the file, from 1 on. */
let file: u32 = 0;
/** The texts that were passed hold something by which a name could be told. */
let isTelling: bool = false;
/** The key that was passed last has an escape. */
let isEscaped: bool = false;
/** How many members of the node's properties are worth keeping. */
let kept: i32 = ALL_KEPT;
/** How many members of them the last node had that was cut down and has its own. */
let lastKept: i32 = ALL_KEPT;
/** The place of the node's last key in the table, and what becomes of its member. */
let keyAt: usize = KEYS;
let keyFate: u32 = 0;

function broken(): usize {
  isBroken = true;
  return end;
}

function put(byte: u8): void {
  store<u8>(out++, byte);
}

/** Copies in steps of 16 bytes, some of them beyond the end. */
function copy(from: usize, to: usize): void {
  for (let at: usize = 0, length = to - from; at < length; at += 16) v128.store(out + at, v128.load(from + at));
  out += to - from;
}

function skipSpace(p: usize): usize {
  if (load<u8>(p) > SPACE) return p;
  while (p < end) {
    const text = i8x16.bitmask(i8x16.gt_u(v128.load(p), i8x16.splat(SPACE)));
    if (text !== 0) return p + ctz(text);
    p += 16;
  }
  return broken();
}

/** From behind the opening quote to behind the closing one. */
function skipText(p: usize): usize {
  while (p < end) {
    const bytes = v128.load(p);
    const stops = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))));
    if (stops === 0) {
      p += 16;
      continue;
    }
    p += ctz(stops);
    if (load<u8>(p) === QUOTE) return p + 1;
    p += 2;
  }
  return broken();
}

/**
 * The same, looking for what a name is told by (`canTell`): a colon, an opening bracket at the beginning, a model file's ending. An escape that
 * may stand for a character of these counts as one. Behind an ending, ends of lines and tabs may be overlooked: no file's name has any.
 */
function skipTellingText(p: usize): usize {
  const from = p;
  const first = load<u8>(p);
  if (first === OPEN_OBJECT || first === OPEN_LIST) isTelling = true;
  while (p < end) {
    const bytes = v128.load(p);
    const stops = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))));
    const colons = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(COLON)));
    if (stops === 0) {
      if (colons !== 0) isTelling = true;
      p += 16;
      continue;
    }
    const stop = ctz(stops);
    if ((colons & ((1 << stop) - 1)) !== 0) isTelling = true;
    p += stop;
    if (load<u8>(p) === QUOTE) {
      if (hasModelEnding(from, p)) isTelling = true;
      return p + 1;
    }
    if (!standsForItself(load<u8>(p, 1))) isTelling = true;
    p += 2;
  }
  return broken();
}

/** An escape of a quote, a slash of either kind, a tab or the end of a line. */
function standsForItself(escaped: u8): boolean {
  return escaped === QUOTE || escaped === BACKSLASH || escaped === 0x2f || escaped === 0x6e || escaped === 0x72 || escaped === 0x74;
}

/**
 * Whether a text ends as a model file's name may: a dot, the two characters that one of the endings begins with, and no more behind them than
 * an ending and some blanks. Any byte that is not ASCII behind the dot may belong to a blank, or to a letter whose lower case is ASCII; such
 * characters have up to three bytes.
 */
function hasModelEnding(from: usize, to: usize): boolean {
  let isAscii = true;
  for (let at = to; at > from && to - at < <usize>(isAscii ? MAX_ENDING_BYTES : MAX_ENDING_BYTES * 3);) {
    const byte = load<u8>(--at);
    if (byte >= 0x80) isAscii = false;
    if (byte === DOT) return !isAscii || beginsEnding(load<u16>(at + 1) | 0x20_20);
  }
  return false;
}

/** The first two bytes of an ending, in lower case, as they lie in memory. */
function beginsEnding(head: u16): boolean {
  switch (head) {
    case 0x61_73: // sa
    case 0x66_73: // sf
    case 0x6b_63: // ck
    case 0x74_70: // pt
    case 0x69_62: // bi
    case 0x6b_70: // pk
    case 0x67_67: // gg
    case 0x6e_6f: // on
    case 0x61_70: // pa
      return true;
    default:
      return false;
  }
}

function mask64(a: v128, b: v128, c: v128, d: v128): u64 {
  const low = ((<u64>(<u32>i8x16.bitmask(b))) << 16) | <u64>(<u32>i8x16.bitmask(a));
  return ((<u64>(<u32>i8x16.bitmask(d))) << 48) | ((<u64>(<u32>i8x16.bitmask(c))) << 32) | low;
}

/** For the lower and the upper half of a byte: one bit in both for each byte that JSON has outside of texts. */
const LOWER = i8x16(6, 36, 70, 68, 68, 108, 36, 4, 4, 5, 5, 82, 34, 83, 34, 0);
const UPPER = i8x16(1, 0, 2, 4, 8, 16, 32, 64, 0, 0, 0, 0, 0, 0, 0, 0);

/** Bytes that stand in JSON only inside of texts. */
function wordBytes(bytes: v128): v128 {
  const lower = i8x16.swizzle(LOWER, v128.and(bytes, i8x16.splat(0x0f)));
  const upper = i8x16.swizzle(UPPER, v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(0x0f)));
  return i8x16.eq(v128.and(lower, upper), i8x16.splat(0));
}

function controlBytes(bytes: v128): v128 {
  return i8x16.eq(i8x16.min_u(bytes, i8x16.splat(0x1f)), bytes);
}

function isWordByte(byte: u8): boolean {
  return (i8x16.bitmask(wordBytes(i8x16.splat(byte))) & 1) !== 0;
}

/**
 * From an opening bracket to behind the one that closes it. `{` and `[`, `}` and `]` differ in one bit. A quote that is lost or too much turns
 * texts inside out: words outside of texts, and ends of lines inside of them, tell.
 */
function skipNest(p: usize): usize {
  let depth = 0;
  /** All ones while a text reaches into the next 64 bytes. */
  let carry: u64 = 0;
  const quote = i8x16.splat(QUOTE);
  const backslash = i8x16.splat(BACKSLASH);
  const bit = i8x16.splat(SPACE);
  const open = i8x16.splat(OPEN_OBJECT);
  const close = i8x16.splat(CLOSE_OBJECT);
  while (p < end) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    const escapes = v128.or(
      v128.or(i8x16.eq(a, backslash), i8x16.eq(b, backslash)),
      v128.or(i8x16.eq(c, backslash), i8x16.eq(d, backslash)),
    );
    if (v128.any_true(escapes)) {
      const stop = p + 64;
      let isInside = carry !== 0;
      for (; p < stop; p++) {
        const byte = load<u8>(p);
        if (byte === QUOTE) isInside = !isInside;
        else if (isInside) {
          if (byte < SPACE) return broken();
          if (byte === BACKSLASH) p++;
        } else if (isWordByte(byte)) return broken();
        else if ((byte | 0x20) === OPEN_OBJECT) depth++;
        else if ((byte | 0x20) === CLOSE_OBJECT && --depth === 0) return p + 1;
      }
      carry = isInside ? u64.MAX_VALUE : 0;
      continue;
    }
    let inside = mask64(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote));
    inside ^= inside << 1;
    inside ^= inside << 2;
    inside ^= inside << 4;
    inside ^= inside << 8;
    inside ^= inside << 16;
    inside ^= inside << 32;
    inside ^= carry;
    carry = <u64>(<i64>inside >> 63);
    const words = mask64(wordBytes(a), wordBytes(b), wordBytes(c), wordBytes(d));
    const controls = mask64(controlBytes(a), controlBytes(b), controlBytes(c), controlBytes(d));
    if (((words & ~inside) | (controls & inside)) !== 0) return broken();
    const w = v128.or(a, bit);
    const x = v128.or(b, bit);
    const y = v128.or(c, bit);
    const z = v128.or(d, bit);
    const opens = mask64(i8x16.eq(w, open), i8x16.eq(x, open), i8x16.eq(y, open), i8x16.eq(z, open)) & ~inside;
    const closes = mask64(i8x16.eq(w, close), i8x16.eq(x, close), i8x16.eq(y, close), i8x16.eq(z, close)) & ~inside;
    const closing = <i32>popcnt(closes);
    if (closing < depth) depth += <i32>popcnt(opens) - closing;
    else {
      for (let brackets = opens | closes; brackets !== 0; brackets &= brackets - 1) {
        const place = ctz(brackets);
        if (((opens >> place) & 1) !== 0) depth++;
        else if (--depth === 0) return p + <usize>place + 1;
      }
    }
    p += 64;
  }
  return broken();
}

/** The same for the list of a node's values: one that holds lists or objects is telling, and so are some texts. */
function skipValues(p: usize): usize {
  p = skipSpace(p + 1);
  if (load<u8>(p) === CLOSE_LIST) return p + 1;
  while (!isBroken) {
    const first = load<u8>(p);
    if (first === OPEN_OBJECT || first === OPEN_LIST) isTelling = true;
    p = skipSpace(first === QUOTE ? skipTellingText(p + 1) : skipValue(p));
    const next = load<u8>(p);
    if (next === CLOSE_LIST) return p + 1;
    if (next !== COMMA) break;
    p = skipSpace(p + 1);
  }
  return broken();
}

/** As `skipNest`, in steps of 16 bytes while there is neither a text nor another bracket: most lists are two numbers. */
function skipBrackets(p: usize): usize {
  for (let at = p + 1; at < end; at += 16) {
    const bytes = v128.load(at);
    const folded = v128.or(bytes, i8x16.splat(SPACE));
    const closes = i8x16.bitmask(i8x16.eq(folded, i8x16.splat(CLOSE_OBJECT)));
    const others = v128.or(v128.or(i8x16.eq(folded, i8x16.splat(OPEN_OBJECT)), i8x16.eq(bytes, i8x16.splat(QUOTE))), wordBytes(bytes));
    const stops = i8x16.bitmask(others);
    if (closes !== 0) return ((closes ^ (closes - 1)) & stops) === 0 ? at + ctz(closes) + 1 : skipNest(p);
    if (stops !== 0) return skipNest(p);
  }
  return broken();
}

function skipValue(p: usize): usize {
  const first = load<u8>(p);
  if (first === QUOTE) return skipText(p + 1);
  if (first === OPEN_OBJECT || first === OPEN_LIST) return skipBrackets(p);
  while (isDigit(load<u8>(p))) p++;
  for (; p < end; p++) {
    const byte = load<u8>(p);
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || byte <= SPACE) return p;
    if (byte === COLON || isWordByte(byte)) break;
  }
  return broken();
}

function isDigit(byte: u8): boolean {
  return <u8>(byte - 0x30) <= 9;
}

/** From behind a key to its value. */
function skipColon(p: usize): usize {
  p = skipSpace(p);
  return load<u8>(p) === COLON ? skipSpace(p + 1) : broken();
}

/** From behind a member to the next one's key, or to the bracket that closes the object. */
function skipComma(p: usize): usize {
  p = skipSpace(p);
  const byte = load<u8>(p);
  if (byte === CLOSE_OBJECT) return p;
  if (byte !== COMMA) return broken();
  p = skipSpace(p + 1);
  return load<u8>(p) === QUOTE ? p : broken();
}

/** As `skipText`, for a key: gives up where a key is written with an escape. */
function skipKey(p: usize): usize {
  while (p < end) {
    const bytes = v128.load(p);
    const quotes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(QUOTE)));
    const escapes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(BACKSLASH)));
    if (((quotes ^ (quotes - 1)) & escapes) !== 0) return broken();
    if (quotes !== 0) return p + ctz(quotes) + 1;
    p += 16;
  }
  return broken();
}

/** FNV-1a of four bytes at a time, never 0. Two types may have the same one. */
function hashOf(from: usize, to: usize): u32 {
  let hash: u32 = 2_166_136_261;
  for (; from + 4 <= to; from += 4) {
    hash = (hash ^ load<u32>(from)) * 16_777_619;
    hash ^= hash >> 15;
  }
  for (; from < to; from++) hash = (hash ^ load<u8>(from)) * 16_777_619;
  return (hash ^ (hash >> 13)) | 0x80000000;
}

/** Where a hash stands in the table, or would. */
function placeOf(hash: u32): usize {
  let at = PLAIN + (((<usize>hash) << 2) & TABLE_BITS);
  while (load<u32>(at) !== hash && load<u32>(at) !== 0) at = PLAIN + ((at - PLAIN + 4) & TABLE_BITS);
  return at;
}

/** Nodes of the type that lies at the beginning of the output are plain. */
export function addPlain(length: usize): void {
  const hash = hashOf(OUTPUT, OUTPUT + length);
  store<u32>(placeOf(hash), hash);
}

/** No node is plain any more. */
export function forgetPlain(): void {
  memory.fill(PLAIN, 0, TABLE_BITS + 4);
}

function isPlain(type: u32): boolean {
  return load<u32>(placeOf(type)) !== 0;
}

function isSame(left: usize, right: usize, length: usize): boolean {
  for (let at: usize = 0; at < length; at += 16) {
    const differing = ~i8x16.bitmask(i8x16.eq(v128.load(left + at), v128.load(right + at))) & 0xffff;
    if (differing !== 0 && at + <usize>ctz(differing) < length) return false;
  }
  return true;
}

/** Whether the bytes are those that a place of the table says. */
function isSaid(at: usize, from: usize, to: usize): boolean {
  return load<u32>(at, 4) - load<u32>(at) === <u32>(to - from) && isSame(load<u32>(at), from, to - from);
}

function say(at: usize, from: usize, to: usize): void {
  store<u32>(at, <u32>from);
  store<u32>(at, <u32>to, 4);
}

/**
 * What of a node's properties and mode another one of its type has said in the same bytes: many nodes of a type are alike. Only the last ones
 * are known, and of two types whose hashes share a place only one.
 */
function saidBefore(type: u32, typeFrom: usize, typeTo: usize, from: usize, to: usize, modeFrom: usize, modeTo: usize): u32 {
  const at = SAID + <usize>(type & (SAID_PLACES - 1)) * SAID_BYTES;
  let said = NEW;
  if (load<u32>(at) === file && isSaid(at + 4, typeFrom, typeTo) && isSaid(at + 12, from, to)) {
    said = isSaid(at + 20, modeFrom, modeTo) ? ALL_SAID : PROPERTIES_SAID;
  }
  store<u32>(at, file);
  say(at + 4, typeFrom, typeTo);
  say(at + 12, from, to);
  say(at + 20, modeFrom, modeTo);
  return said;
}

/** What becomes of the member whose key begins at `key`. */
function fateOf(key: usize, length: usize): u32 {
  const head = load<u32>(key);
  if (length === 2) return load<u16>(key) === KEY_ID ? ID : KEEP;
  if (length === 3) return head === KEY_POS ? DROP : KEEP;
  if (length === 4) return head === KEY_TYPE ? TYPE : head === KEY_MODE ? MODE : head === KEY_SIZE ? DROP : KEEP;
  const last = load<u8>(key + length - 1);
  if (length === 5) {
    if (head === KEY_FLAGS) return last === 0x73 ? DROP : KEEP;
    if (head === KEY_ORDER || head === KEY_COLOR) return last === 0x72 ? DROP : KEEP;
    return head === KEY_TITLE && last === 0x65 ? DROP : KEEP;
  }
  if (length === 6) return head === KEY_INPUTS && load<u16>(key + 4) === 0x73_74 ? INPUTS : KEEP;
  if (length === 7) {
    const tail = load<u32>(key + 3);
    if (head === KEY_OUTPUTS) return tail === 0x73_74_75_70 ? OUTPUTS : KEEP;
    return head === KEY_BGCOLOR && tail === 0x72_6f_6c_6f ? DROP : KEEP;
  }
  if (length === 10) return load<u64>(key) === KEY_PROPERTIES && load<u16>(key + 8) === 0x73_65 ? PROPERTIES : KEEP;
  if (length === 14) {
    return load<u64>(key) === KEY_WIDGETS_VALUES && load<u64>(key + 6) === 0x73_65_75_6c_61_76_5f_73 ? VALUES : KEEP;
  }
  return KEEP;
}

/**
 * From a node's key to its value: nodes are written alike, so that the key which came next the last time is tried first. Only one that its
 * colon follows at once is kept for that.
 */
function skipNodeKey(key: usize): usize {
  const usual = load<u32>(keyAt, 28);
  if (usual !== 0) {
    const compared = load<u32>(usual, 16);
    if ((i8x16.bitmask(i8x16.eq(v128.load(key), v128.load(usual))) & compared) === compared) {
      keyAt = usual;
      keyFate = load<u32>(usual, 24);
      return skipSpace(key + load<u32>(usual, 20));
    }
  }
  const p = skipKey(key);
  const length = p - 1 - key;
  keyFate = fateOf(key, length);
  if (length > 14 || load<u8>(p) !== COLON) keyAt = KEYS;
  else {
    const place = KEYS + (1 + <usize>((load<u32>(key) * 0x9e37_79b1) >> 27)) * KEY_BYTES;
    v128.store(place, v128.load(key));
    store<u32>(place, (1 << (<u32>length + 2)) - 1, 16);
    store<u32>(place, <u32>length + 2, 20);
    store<u32>(place, keyFate, 24);
    store<u32>(keyAt, <u32>place, 28);
    keyAt = place;
  }
  return skipColon(p);
}

/**
 * From a node's properties to behind them: those that list models are telling, and those of which a key would have to be read to tell. Notes
 * the members with a key as long as one that is looked at: `ver`, `models`, `cnr_id`, `aux_id`, `proxyWidgets`.
 */
function skipProperties(p: usize): usize {
  p = skipSpace(p + 1);
  let count: usize = 0;
  while (!isBroken && load<u8>(p) === QUOTE) {
    const member = p;
    const key = p + 1;
    p = skipPropertyKey(key);
    const length = p - 1 - key;
    if (isEscaped || (length === 6 && load<u32>(key) === KEY_MODE)) isTelling = true;
    p = skipValue(skipColon(p));
    if (isEscaped || length === 3 || length === 6 || length === 12) {
      if (count < MOST_KEPT) say(KEPT + count * 8, member, p);
      count++;
    }
    p = skipComma(p);
  }
  kept = count <= MOST_KEPT ? <i32>count : ALL_KEPT;
  return load<u8>(p) === CLOSE_OBJECT ? p + 1 : broken();
}

/** As `skipText`, for a key that may be written with an escape: then it may be any. */
function skipPropertyKey(key: usize): usize {
  isEscaped = false;
  for (let p = key; p < end; p += 16) {
    const bytes = v128.load(p);
    const quotes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(QUOTE)));
    const escapes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(BACKSLASH)));
    if (((quotes ^ (quotes - 1)) & escapes) !== 0) {
      isEscaped = true;
      return skipText(key);
    }
    if (quotes !== 0) return p + ctz(quotes) + 1;
  }
  return broken();
}

/** Writes a member of a node, and a comma behind it: the node's place comes last. */
function putMember(from: usize, to: usize): void {
  if (from === 0) return;
  copy(from, to);
  put(COMMA);
}

/** Whether what is kept of the properties is what the last node kept that was cut down and has its own. */
function isLikeLast(): boolean {
  if (kept !== lastKept || kept === ALL_KEPT) return false;
  for (let at: usize = KEPT, last = KEPT + <usize>kept * 8; at < last; at += 8) {
    if (!isSaid(at + (LAST_KEPT - KEPT), load<u32>(at), load<u32>(at, 4))) return false;
  }
  return true;
}

/** The same for a node's properties, of which only some members are kept. */
function putProperties(from: usize, to: usize): void {
  if (from === 0 || kept === ALL_KEPT) return putMember(from, to);
  copy(from, from + PROPERTIES_KEY_BYTES);
  put(COLON);
  put(OPEN_OBJECT);
  for (let at: usize = KEPT, last = KEPT + <usize>kept * 8; at < last; at += 8) putMember(load<u32>(at), load<u32>(at, 4));
  if (kept > 0) out--;
  put(CLOSE_OBJECT);
  put(COMMA);
}

/**
 * Writes a node without its outputs and what nobody reads, also of its properties, and one that is plain and tells nothing without its
 * inputs, its values, and such properties as another one had; one that says nothing new goes to the list of those. The list of spans says
 * where the whole of such nodes lies, and of the others the outputs. Returns where the node ends.
 */
function writeNode(p: usize, place: u32): usize {
  const start = p;
  const written = out;
  let typeFrom: usize = 0;
  let typeTo: usize = 0;
  let inputsFrom: usize = 0;
  let inputsTo: usize = 0;
  let outputsFrom: usize = 0;
  let outputsTo: usize = 0;
  let valuesFrom: usize = 0;
  let valuesTo: usize = 0;
  let propertiesFrom: usize = 0;
  let propertiesTo: usize = 0;
  let modeFrom: usize = 0;
  let modeTo: usize = 0;
  let hasMore = false;
  isTelling = false;
  keyAt = KEYS;
  put(OPEN_OBJECT);
  p = skipSpace(p + 1);
  if (load<u8>(p) !== CLOSE_OBJECT && load<u8>(p) !== QUOTE) return broken();
  while (!isBroken && load<u8>(p) !== CLOSE_OBJECT) {
    const member = p;
    const key = p + 1;
    const value = skipNodeKey(key);
    const fate = keyFate;
    const first = load<u8>(value);
    if (fate === VALUES && first === OPEN_LIST) p = skipValues(value);
    else if (fate === PROPERTIES && first === OPEN_OBJECT) p = skipProperties(value);
    else {
      if (fate === PROPERTIES) kept = ALL_KEPT;
      p = skipValue(value);
    }
    if (fate === TYPE) {
      const isText = load<u8>(value) === QUOTE;
      typeFrom = isText ? value + 1 : 0;
      typeTo = isText ? p - 1 : 0;
    } else if (fate === INPUTS) {
      inputsFrom = member;
      inputsTo = p;
    } else if (fate === OUTPUTS) {
      outputsFrom = value;
      outputsTo = p;
    } else if (fate === VALUES) {
      if (load<u8>(value) === OPEN_OBJECT) isTelling = true;
      valuesFrom = member;
      valuesTo = p;
    } else if (fate === PROPERTIES) {
      propertiesFrom = member;
      propertiesTo = p;
    }
    let isUsual = false;
    if (fate === MODE) {
      // Nobody asks for it, but for the first: a graph is told by its nodes.
      isUsual = place > 0 && modeFrom === 0 && p - value === 1 && first === 0x30;
      modeFrom = value;
      modeTo = p;
    } else if (fate === KEEP) hasMore = true;
    if (fate === KEEP || fate === TYPE || fate === ID || (fate === MODE && !isUsual)) putMember(member, p);
    p = skipComma(p);
  }
  if (isBroken) return end;
  p++;
  const type = typeFrom === 0 ? 0 : hashOf(typeFrom, typeTo);
  if (isTelling || type === 0 || !isPlain(type)) {
    putMember(inputsFrom, inputsTo);
    putMember(valuesFrom, valuesTo);
    putProperties(propertiesFrom, propertiesTo);
    putNumber(PLACE, place);
    if (outputsFrom === 0) store<u64>(spanOf(place), 0);
    else setSpan(spanOf(place), outputsFrom, outputsTo);
  } else {
    const said = saidBefore(type, typeFrom, typeTo, propertiesFrom, propertiesTo, modeFrom, modeTo);
    const isLike = said === NEW && propertiesFrom !== 0 && !hasMore && isLikeLast();
    if (said === NEW && propertiesFrom !== 0 && !isLike) {
      putProperties(propertiesFrom, propertiesTo);
      lastKept = kept;
      if (kept > 0) memory.copy(LAST_KEPT, KEPT, <usize>kept * 8);
    }
    const isRepeat = said === ALL_SAID && !hasMore;
    if (isRepeat) {
      if (repeats === MOST_NODES) return broken();
      putNumber(BEFORE, place);
      put(COMMA);
      place = MOST_NODES + repeats++;
    }
    putNumber(isLike ? PLACE_OF_LIKE : PLACE, -1 - <i32>place);
    setSpan(spanOf(place), start, p);
    if (isRepeat) {
      moveToRepeats(written);
      return p;
    }
  }
  put(CLOSE_OBJECT);
  return p;
}

/** Takes back what was written from there on, and adds it to the list of nodes that repeat others. */
function moveToRepeats(written: usize): void {
  put(CLOSE_OBJECT);
  store<u8>(repeatsOut++, repeats === 1 ? OPEN_LIST : COMMA);
  memory.copy(repeatsOut, written, out - written);
  repeatsOut += out - written;
  out = written;
}

/** Where a node's span stands in the list: behind that of the links. */
function spanOf(place: u32): usize {
  return SPANS + 8 * (<usize>place + 1);
}

function setSpan(span: usize, from: usize, to: usize): void {
  store<u32>(span, <u32>(from - INPUT));
  store<u32>(span, <u32>(to - INPUT), 4);
}

/** Writes a member with a key of one character, and a number of up to six digits. */
function putNumber(key: u8, value: i32): void {
  store<u32>(out, 0x3a_22_00_22 | ((<u32>key) << 8));
  out += 4;
  if (value < 0) put(0x2d);
  let rest = <u32>abs(value);
  let length: usize = 1;
  for (let next: u32 = 10; next <= rest && next < 1_000_000; next *= 10) length++;
  for (let at = out + length; at > out; rest /= 10) store<u8>(--at, <u8>(0x30 + (rest % 10)));
  out += length;
}

/** Writes the list of nodes that begins at `p`; a node that is no object stays as it is. */
function writeNodes(p: usize): usize {
  let place: u32 = 0;
  put(OPEN_LIST);
  p = skipSpace(p + 1);
  if (load<u8>(p) === CLOSE_LIST) {
    put(CLOSE_LIST);
    return p + 1;
  }
  while (!isBroken) {
    if (place === MOST_NODES) return broken();
    const written = out;
    if (load<u8>(p) === OPEN_OBJECT) p = writeNode(p, place);
    else {
      const value = p;
      p = skipValue(p);
      if (p === value) return broken();
      copy(value, p);
      store<u64>(spanOf(place), 0);
    }
    if (out !== written) {
      place++;
      put(COMMA);
    }
    p = skipSpace(p);
    if (load<u8>(p) === CLOSE_LIST) break;
    if (load<u8>(p) !== COMMA) return broken();
    p = skipSpace(p + 1);
  }
  store<u8>(out - 1, CLOSE_LIST); // in place of a comma: the first node is never a repeat
  nodes = place;
  return p + 1;
}

function isKey(key: usize, length: usize, head: u32): boolean {
  return length === 5 && load<u32>(key) === head && load<u8>(key + 4) === 0x73;
}

/**
 * Writes the skeleton of the JSON object that lies in the input, and behind it at least 64 spaces. Returns how many bytes it has, 0 where the
 * whole has to be parsed. The list of spans holds that of the links, and those of the nodes.
 */
export function skim(length: usize): usize {
  end = INPUT + length;
  out = OUTPUT;
  repeatsOut = REPEATS;
  repeats = 0;
  isBroken = false;
  lastKept = ALL_KEPT;
  nodes = 0;
  file++;
  let hasNodes = false;
  let linksFrom: usize = 0;
  let linksTo: usize = 0;
  let p = skipSpace(INPUT);
  if (load<u8>(p) !== OPEN_OBJECT) return 0;
  put(OPEN_OBJECT);
  p = skipSpace(p + 1);
  if (load<u8>(p) !== QUOTE) return 0;
  for (let members = 0; !isBroken && load<u8>(p) !== CLOSE_OBJECT; members++) {
    const member = p;
    const key = p + 1;
    p = skipKey(key);
    const length = p - 1 - key;
    const value = skipColon(p);
    const isList = load<u8>(value) === OPEN_LIST;
    if (members > 0) put(COMMA);
    if (isKey(key, length, KEY_NODES)) {
      if (hasNodes || !isList) return 0;
      hasNodes = true;
      copy(member, p);
      put(COLON);
      p = writeNodes(value);
    } else if (isKey(key, length, KEY_LINKS)) {
      if (linksFrom !== 0 || !isList) return 0;
      p = skipNest(value);
      linksFrom = value;
      linksTo = p;
      copy(member, member + 7);
      put(COLON);
      put(OPEN_LIST);
      put(CLOSE_LIST);
    } else {
      p = skipValue(value);
      copy(member, p);
    }
    p = skipComma(p);
  }
  put(CLOSE_OBJECT);
  if (isBroken || !hasNodes || skipSpaceToEnd(p + 1) < end) return 0;
  if (linksFrom !== 0) setSpan(SPANS, linksFrom, linksTo);
  else store<u64>(SPANS, 0);
  if (repeats > 0) store<u8>(repeatsOut++, CLOSE_LIST);
  return out - OUTPUT;
}

/** How many bytes the list has of nodes that are not in the skeleton, since each says what another one of its type has said. */
export function repeatsLength(): usize {
  return repeatsOut - REPEATS;
}

/** How many nodes the skeleton has. */
export function nodeCount(): u32 {
  return nodes;
}

/** How many it does not have, since each says what another one of its type has said. */
export function repeatCount(): u32 {
  return repeats;
}

function skipSpaceToEnd(p: usize): usize {
  while (p < end && load<u8>(p) <= SPACE) p++;
  return p;
}
