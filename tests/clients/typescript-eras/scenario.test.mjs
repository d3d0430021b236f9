// Runs the scenario with one release of the published TypeScript client: the parts of those capabilities it has.
//
//     scenario.test.mjs ──▶ parts/*.mjs ──▶ check.mjs    what a test is, what must fail, where results go
//                                      └──▶ era.mjs      the client's names, of whatever time
//
// All in one process, as most releases take longer to load than to test.
//
// By hand, after `cargo xtask clients --only typescript-0.17.0` has written the scenario:
//
//     PITLANE_SCENARIO=…/runs/typescript-0.17.0/scenario.json PITLANE_CLIENT_DIR=… pitlane exec -- node scenario.test.mjs

import { after } from 'node:test';
import { briefing } from './briefing.mjs';
import { close } from './era.mjs';

for (const capability of briefing.capabilities) await import(`./parts/${capability}.mjs`);

after(close);
