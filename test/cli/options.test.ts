import { describe, expect, test } from 'bun:test';
import { DOWNLOAD_ARGS, flag, GLOBAL_ARGS, parseStrictly, stringOption, stringOptions, WORKFLOW_ARGS } from '../../lib/cli/options.ts';
import { ToolkitError } from '../../lib/core/error.ts';

const ARGS = { ...WORKFLOW_ARGS, ...DOWNLOAD_ARGS, pick: { type: 'string' }, ...GLOBAL_ARGS } as const;

function failure(args: readonly string[], known: Parameters<typeof parseStrictly>[1] = ARGS): ToolkitError {
  try {
    parseStrictly(args, known);
  } catch (error) {
    if (error instanceof ToolkitError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('options, values of both spellings, repetitions and positionals', () => {
  const given = parseStrictly(
    ['a.json', '--pick', 'x=1', '--dry-run', '--pick=y=2=3', '--config', 'one', '--config=two', '--', '--not-a-flag'],
    ARGS,
  );
  expect(given.positionals).toEqual(['a.json', '--not-a-flag']);
  expect(stringOptions(given, 'pick')).toEqual(['x=1', 'y=2=3']);
  expect(stringOption(given, 'config')).toBe('two');
  expect([flag(given, 'dry-run'), flag(given, 'yes')]).toEqual([true, false]);
});

test('what is absent is undefined, empty or false', () => {
  const given = parseStrictly([], ARGS);
  expect([stringOption(given, 'config'), stringOptions(given, 'pick'), flag(given, 'json'), given.positionals]).toEqual([
    undefined,
    [],
    false,
    [],
  ]);
});

test('-h is --help', () => {
  expect(flag(parseStrictly(['-h'], ARGS), 'help')).toBe(true);
});

describe('what cannot be meant is refused', () => {
  test.each([
    [['--dryrun'], 'Unknown option --dryrun', 'Did you mean --dry-run?'],
    [['--verbos'], 'Unknown option --verbos', 'Did you mean --verbose?'],
    [['--picks=a'], 'Unknown option --picks', 'Did you mean --pick?'],
    [['--xyzzy-plugh'], 'Unknown option --xyzzy-plugh', '--help'],
    [['--config'], '--config', '--help'],
    [['--config', '--json'], '--config', '--help'],
    [['--yes=no'], '--yes', '--help'],
    [['-z'], '-z', '--help'],
    [['--__proto__'], 'Unknown option --__proto__', '--help'],
    [['--constructor=1'], 'Unknown option --constructor', '--help'],
  ])('%j', (args, message, hint) => {
    const error = failure(args);
    expect([error.code, error.exitCode]).toEqual(['usage', 2]);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test('a positional where a command takes none', () => {
    expect(failure(['a.json'], GLOBAL_ARGS).message).toBe('Unexpected argument "a.json"');
  });
});
