// Charts that code draws.

import assert from 'node:assert/strict';
import { checking, Skip } from '../check.mjs';
import { exec, shared } from '../era.mjs';

const check = checking('charts');

const DRAW = `import matplotlib.pyplot as plt
plt.title('Squares')
plt.plot([1, 2, 3], [1, 4, 9], label='squares')
plt.show()
`;

check('a drawn line comes back as a chart', async () => {
  const sandbox = await shared();
  // The fonts are looked up by the first use in a home; where that takes long, matplotlib says so in the output.
  const [exitCode] = await exec(sandbox, "python3 -c 'import matplotlib.font_manager'");
  if (exitCode !== 0 && !process.env.PITLANE_TEST_COMPLETE) throw new Skip('matplotlib is not installed on this machine');
  const response = await sandbox.process.codeRun(DRAW);
  assert.equal(response.exitCode, 0, response.result);
  const [chart, ...others] = response.artifacts.charts;
  assert.deepEqual([chart.type, chart.title, others.length], ['line', 'Squares', 0]);
  assert.deepEqual(chart.elements.map(({ label, points }) => [label, points]), [['squares', [[1, 1], [2, 4], [3, 9]]]]);
  assert.ok(chart.png);
});
