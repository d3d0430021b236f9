"""Files of an image on their way to the object store, by the client's own uploader: over TLS, and in parts."""

import io
import os
import tarfile

import pytest
from conftest import settle
from daytona import CreateSandboxFromImageParams, Image

LARGE = 11 << 20


@pytest.fixture
async def storage(daytona):
    """The client's uploader for both faces, with fresh credentials, and the organization they are good for."""
    access = await settle(daytona._object_storage_api.get_push_access())
    if hasattr(daytona, "__aenter__"):
        from daytona._async.object_storage import AsyncObjectStorage as ObjectStorage
    else:
        from daytona._sync.object_storage import ObjectStorage
    made = ObjectStorage(
        access.storage_url,
        access.access_key,
        access.secret,
        access.session_token,
        access.bucket,
        region=access.region,
    )
    return made, access.organization_id


@pytest.fixture
def project(tmp_path):
    """A directory with a small file, a large one and an empty directory."""
    (tmp_path / "project/empty").mkdir(parents=True)
    (tmp_path / "project/note.txt").write_text("hello")
    (tmp_path / "project/large.bin").write_bytes(os.urandom(LARGE))
    return tmp_path / "project"


def stored(storage, key):
    return tarfile.open(fileobj=io.BytesIO(bytes(storage.store.get(key).bytes())))


async def test_the_files_of_an_image_reach_the_store_whole(daytona, storage, project):
    image = Image.debian_slim("3.12").add_local_dir(str(project), "/opt/project")
    image = image.add_local_file(str(project / "note.txt"), "/opt/note.txt")
    hashes = await settle(daytona.snapshot.process_image_context(daytona._object_storage_api, image))
    assert len(hashes) == 2
    uploader, organization = storage
    directory, file = (stored(uploader, f"{organization}/{one}/context.tar") for one in hashes)
    contents = {member.name.rpartition("/")[2]: member for member in directory.getmembers()}
    assert contents["large.bin"].size == LARGE
    assert directory.extractfile(contents["large.bin"]).read() == (project / "large.bin").read_bytes()
    assert contents["empty"].isdir()
    assert [file.extractfile(member).read() for member in file.getmembers()] == [b"hello"]


async def test_what_is_there_is_not_sent_again(storage, project):
    uploader, organization = storage
    first = await settle(uploader.upload(str(project), organization, "project"))
    key = f"{organization}/{first}/context.tar"
    before = uploader.store.head(key)
    assert await settle(uploader.upload(str(project), organization, "project")) == first
    after = uploader.store.head(key)
    assert (before["e_tag"], before["last_modified"]) == (after["e_tag"], after["last_modified"])
    (project / "note.txt").write_text("changed")
    assert await settle(uploader.upload(str(project), organization, "project")) != first


async def test_another_organizations_prefix_is_closed(storage, project):
    uploader, _organization = storage
    with pytest.raises(Exception, match="403|[Dd]enied|Permission"):
        await settle(uploader.upload(str(project / "note.txt"), "00000000-0000-4000-8000-000000000000", "note.txt"))


async def test_a_sandbox_of_an_image_has_the_files_it_was_given(daytona, project):
    image = Image.base("debian:12").add_local_file(str(project / "note.txt"), "/opt/given/note.txt")
    image = image.add_local_dir(str(project), "/opt/project").run_commands("cat /opt/given/note.txt > /opt/built")
    made = await settle(daytona.create(CreateSandboxFromImageParams(image=image), timeout=120))
    try:
        seen = await settle(made.process.exec("cat /opt/built; wc -c < /opt/project/large.bin; ls -d /opt/project/empty"))
        assert seen.result.split() == ["hello" + str(LARGE), "/opt/project/empty"]
    finally:
        await settle(daytona.delete(made))
