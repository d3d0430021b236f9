// Charts that code draws with matplotlib, as the SDK hands them out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { sandboxes, sdk } from './sdk.mjs';

const { create } = sandboxes(after);
let sandbox;
let missing = false;
before(async () => {
  sandbox = await create();
  // The fonts are looked up by the first use in a home; where that takes long, matplotlib says so in the output.
  const { exitCode } = await sandbox.process.executeCommand("python3 -c 'import matplotlib.font_manager'");
  missing = exitCode !== 0 && !process.env.PITLANE_TEST_COMPLETE;
});

const charts = (name, code, check) =>
  test(name, async (t) => {
    if (missing) return t.skip('matplotlib is not installed on this machine');
    const { exitCode, result, artifacts } = await sandbox.process.codeRun(`import matplotlib.pyplot as plt\n${code}\nplt.show()\n`);
    assert.deepEqual([exitCode, result], [0, '']);
    assert.equal(artifacts.charts.length, 1);
    const [chart] = artifacts.charts;
    assertPicture(chart.png);
    check(chart);
  });

/** The pixels of a PNG picture in base64 unpack to as many bytes as its head promises. */
function assertPicture(png) {
  const data = Buffer.from(png, 'base64');
  assert.equal(data.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  const packed = [];
  for (let at = 8; at < data.length; at += 12 + data.readUInt32BE(at)) {
    const kind = data.toString('latin1', at + 4, at + 8);
    if (kind === 'IDAT') packed.push(data.subarray(at + 8, at + 8 + data.readUInt32BE(at)));
  }
  const [width, height, depth, colour] = [data.readUInt32BE(16), data.readUInt32BE(20), data[24], data[25]];
  const row = 1 + Math.ceil((width * [1, , 3, 1, 2, , 4][colour] * depth) / 8);
  assert.equal(inflateSync(Buffer.concat(packed)).length, height * row);
}

charts(
  'a line chart has points, labels, ticks and scales',
  "plt.plot([0, 1, 2], [0, 10.5, 20], label='first'); plt.title('Lines'); plt.xlabel('time'); plt.xticks([0, 1, 2])",
  ({ elements, png, y_ticks, y_tick_labels, ...chart }) => {
    assert.deepEqual(elements, [{ label: 'first', points: [[0, 0], [1, 10.5], [2, 20]] }]);
    assert.equal(y_ticks.length, y_tick_labels.length);
    assert.deepEqual(chart, {
      type: sdk.ChartType.LINE,
      title: 'Lines',
      x_label: 'time',
      x_ticks: [0, 1, 2],
      x_tick_labels: ['0', '1', '2'],
      x_scale: 'linear',
      y_scale: 'linear',
    });
  },
);

charts('a scatter chart has points', "plt.scatter([1, 2], [3, 4.5], label='few')", ({ type, elements }) => {
  assert.equal(type, sdk.ChartType.SCATTER);
  assert.deepEqual(elements, [{ label: 'few', points: [[1, 3], [2, 4.5]] }]);
});

charts('a bar chart has values as text', "plt.bar(['a', 'b'], [3, 4.5], label='g')", ({ type, elements }) => {
  assert.equal(type, sdk.ChartType.BAR);
  assert.deepEqual(elements, [
    { label: 'a', value: '3', group: 'g' },
    { label: 'b', value: '4.5', group: 'g' },
  ]);
});

charts('a pie chart has angles', "plt.pie([1, 3], labels=['a', 'b'], autopct='%d')", ({ type, elements }) => {
  assert.equal(type, sdk.ChartType.PIE);
  assert.deepEqual(
    elements.map(({ label, angle, radius }) => [label, Math.round(angle), radius]),
    [['a', 90, 1], ['b', 270, 1]],
  );
});

charts(
  'a box chart has quartiles and outliers',
  'plt.boxplot([[1, 2, 3, 4, 50], [2, 3, 4]], patch_artist=True)',
  ({ type, elements }) => {
    assert.equal(type, sdk.ChartType.BOX_AND_WHISKER);
    assert.deepEqual(elements, [
      { label: '1', min: 1, first_quartile: 2, median: 3, third_quartile: 4, max: 4, outliers: [50] },
      { label: '2', min: 2, first_quartile: 2.5, median: 3, third_quartile: 3.5, max: 4 },
    ]);
  },
);

charts(
  'a composite chart keeps its parts whole',
  "figure, (left, right) = plt.subplots(1, 2); figure.suptitle('Both')\n" +
    "left.plot([1, 2], [3, 5], label='l'); left.set_title('Left'); right.bar(['a'], [2], label='r')",
  ({ type, title, elements: [left, right] }) => {
    assert.deepEqual([type, title], [sdk.ChartType.COMPOSITE_CHART, 'Both']);
    assert.deepEqual([left.type, left.title, left.elements], ['line', 'Left', [{ label: 'l', points: [[1, 3], [2, 5]] }]]);
    assert.deepEqual([right.type, right.elements], ['bar', [{ label: 'a', value: '2', group: 'r' }]]);
  },
);

charts('a picture is a chart of unknown type', 'plt.imshow([[1, 2], [3, 4]])', ({ type }) => {
  assert.equal(type, sdk.ChartType.UNKNOWN);
});
