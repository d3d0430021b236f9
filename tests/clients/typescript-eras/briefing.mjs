// What this run is about: the release under test, what it can do, and which parts must fail and why.
//
// The runner writes it; PITLANE_SCENARIO names the file.

import { readFileSync } from 'node:fs';

if (!process.env.PITLANE_SCENARIO) throw new Error('Set PITLANE_SCENARIO, or run `cargo xtask clients`.');
export const briefing = JSON.parse(readFileSync(process.env.PITLANE_SCENARIO, 'utf8'));

const numbers = (version) => version.split('.').map(Number);

function compare(left, right) {
  const [a, b] = [numbers(left), numbers(right)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at < 0 ? 0 : a[at] - b[at];
}

/** Whether the release under test is this one or a later one. */
export const since = (version) => compare(briefing.version, version) >= 0;

/** Whether the release under test is this one or an earlier one. */
export const until = (version) => compare(briefing.version, version) <= 0;
