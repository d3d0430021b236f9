// VolumeService and SnapshotService.

import { daytona, planned, sdk, unique } from './sdk.mjs';

planned('VolumeService.list', () => daytona.volume.list());
planned('VolumeService.create', () => daytona.volume.create(unique('volume')));
planned('VolumeService.get', () => daytona.volume.get(unique('volume'), true));
planned('VolumeService.delete', () => daytona.volume.delete({ id: 'none', name: 'none' }));

planned('SnapshotService.list', () => daytona.snapshot.list(1, 10));
planned('SnapshotService.get', () => daytona.snapshot.get('none'));
planned('SnapshotService.create', () => daytona.snapshot.create({ name: unique('snapshot'), image: sdk.Image.base('debian:12') }));
planned('SnapshotService.activate', () => daytona.snapshot.activate({ id: 'none', name: 'none' }));
planned('SnapshotService.delete', () => daytona.snapshot.delete({ id: 'none', name: 'none' }));
