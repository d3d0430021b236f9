// Files of an image on their way to the object store, by the client's own uploader: whole, and in parts.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { drain, packageUnderTest, require, sandboxes, sdk } from './sdk.mjs';

const { daytona } = sandboxes(after);
const { Image } = sdk;
const ofPackage = createRequire(require.resolve(`${packageUnderTest}/package.json`));
const { S3Client, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } = ofPackage('@aws-sdk/client-s3');

const place = mkdtempSync(path.join(tmpdir(), 'context-'));
after(() => rmSync(place, { recursive: true }));

const upload = (image) => daytona.snapshot.constructor.processImageContext(daytona.snapshot.objectStorageApi, image);

/** A client of the store with fresh credentials, and what they are good for. */
async function store(secretOfAnother) {
  const { data } = await daytona.snapshot.objectStorageApi.getPushAccess();
  const { storageUrl, accessKey, secret, sessionToken, region, bucket, organizationId } = data;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretOfAnother ?? secret, sessionToken };
  const client = new S3Client({ region, endpoint: storageUrl, credentials, forcePathStyle: true });
  return { client, Bucket: bucket, organization: organizationId };
}

async function stored({ client, Bucket, organization }, hash) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `${organization}/${hash}/context.tar` }));
  return drain(Body);
}

test('the files of an image reach the store whole, small ones at once and large ones in parts', async () => {
  const project = path.join(place, 'project');
  mkdirSync(project);
  writeFileSync(path.join(project, 'note.txt'), 'hello');
  writeFileSync(path.join(project, 'large.bin'), randomBytes(11 << 20));
  const image = Image.debianSlim('3.12')
    .addLocalDir(project, '/opt/project')
    .addLocalFile(path.join(project, 'note.txt'), '/opt/note.txt');
  const [directory, file] = await upload(image);
  const access = await store();
  const small = await stored(access, file);
  assert.ok(small.includes('hello') && small.length < 1 << 20);
  const large = await stored(access, directory);
  assert.ok(large.includes(readFileSync(path.join(project, 'large.bin'))));
  assert.deepEqual(await upload(image), [directory, file]);
});

test('another organization\'s prefix is closed', async () => {
  const { client, Bucket } = await store();
  const other = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(
    client.send(new PutObjectCommand({ Bucket, Key: `${other}/x/context.tar`, Body: 'x' })),
    { name: 'AccessDenied' },
  );
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket, Prefix: `${other}/` })), { name: 'AccessDenied' });
});

test('what was signed with another secret is refused', async () => {
  const { client, Bucket, organization } = await store('x'.repeat(40));
  await assert.rejects(
    client.send(new ListObjectsV2Command({ Bucket, Prefix: `${organization}/` })),
    { name: 'SignatureDoesNotMatch' },
  );
});
