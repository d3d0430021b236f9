// What a test of the scenario is: a sentence about a capability, for the releases it holds for.

import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { briefing, since, until } from './briefing.mjs';

const LIMIT_MS = 90_000;
const NOT_SERVED = /\b501\b|not implemented|does not \w+ \w+ yet/i;

/** Thrown by a test that cannot be run on this machine. */
export class Skip extends Error {}

/** Makes tests of a capability. One that must fail, fails the run when it passes. */
export function checking(capability) {
  return (name, ...rest) => {
    const [releases, body] = rest.length > 1 ? rest : [{}, rest[0]];
    if (releases.since && !since(releases.since)) return;
    if (releases.until && !until(releases.until)) return;
    const note = (ending, reason = '') => {
      appendFileSync(briefing.results, `${JSON.stringify({ capability, test: name, ending, reason })}\n`);
    };
    test(`${capability}: ${name}`, { timeout: LIMIT_MS }, async (t) => {
      const expected = briefing.expected.find((entry) => entry.capability === capability && [null, name].includes(entry.test));
      try {
        await body(t);
      } catch (error) {
        if (error instanceof Skip) {
          note('skipped', error.message);
          t.skip(error.message);
          return;
        }
        if (expected && isAsExpected(expected, error)) {
          note(expected.kind, expected.reason);
          t.skip(`${expected.kind}: ${expected.reason}`);
          return;
        }
        note('failed');
        throw error;
      }
      if (expected) {
        note('failed');
        throw new Error(`This works after all: take it out of matrix.toml (${expected.reason}).`);
      }
      note('passed');
    });
  };
}

function isAsExpected({ kind }, error) {
  if (kind !== 'planned') return true;
  return NOT_SERVED.test(`${error?.statusCode ?? ''} ${error?.response?.status ?? ''} ${error}`);
}
