"""Images, keys, users and the version, through the generated layer: no method leads there."""

import json

import pytest
from conftest import VERSION, generated, unique
from voidrun import VoidRun
from voidrun.api_client.exceptions import ApiException, NotFoundException, UnauthorizedException


def test_images_are_listed_and_found_by_name(sandbox):
    images = generated(sandbox, "ImagesApi")
    assert "code" in {image.name for image in images.list_images()}
    assert images.get_image_by_name("code").name == "code"
    with pytest.raises(ApiException):
        images.get_image("not-an-id")


def test_the_version_is_told(sandbox):
    assert generated(sandbox, "SystemApi").get_version().version


@pytest.mark.skipif(VERSION < (0, 2, 0), reason="these paths came with 0.2")
def test_a_key_is_made_listed_and_revoked(sandbox):
    from voidrun.api_client.models.generate_api_key_request import GenerateAPIKeyRequest

    organizations = generated(sandbox, "OrganizationsApi")
    name = unique("key")
    # The client knows no answer for 201 and gives nothing back; what was sent is in the raw one.
    made = organizations.generate_api_key_without_preload_content(GenerateAPIKeyRequest(keyName=name))
    key = json.loads(made.data)
    listed = {entry.name: entry for entry in organizations.list_api_keys()}
    assert listed[name].is_active and listed[name].id == key["keyId"]
    mine = VoidRun(api_key=key["plainKey"])
    assert mine.list_sandboxes().meta.total >= 1, "the key acts for the same organization"
    organizations.revoke_api_key(key["keyId"])
    with pytest.raises(UnauthorizedException):
        mine.list_sandboxes()


def test_a_key_is_switched_off_and_on_again(sandbox):
    from voidrun.api_client.models.activate_api_key_request import ActivateAPIKeyRequest
    from voidrun.api_client.models.generate_api_key_request import GenerateAPIKeyRequest

    organizations = generated(sandbox, "OrganizationsApi")
    name = unique("key")
    made = organizations.generate_api_key_without_preload_content(GenerateAPIKeyRequest(keyName=name))
    key = json.loads(made.data)
    mine = VoidRun(api_key=key["plainKey"])
    off = organizations.activate_api_key(key["keyId"], ActivateAPIKeyRequest(isActive=False))
    assert off.message == "API key deactivated"
    assert not {entry.name: entry for entry in organizations.list_api_keys()}[name].is_active
    with pytest.raises(UnauthorizedException):
        mine.list_sandboxes()
    on = organizations.activate_api_key(key["keyId"], ActivateAPIKeyRequest(isActive=True))
    assert on.message == "API key activated"
    assert mine.list_sandboxes().meta.total >= 1
    used = {entry.name: entry for entry in organizations.list_api_keys()}[name].last_used_at
    assert used.year > 2000
    organizations.revoke_api_key(key["keyId"])
    with pytest.raises(NotFoundException):
        organizations.activate_api_key(key["keyId"], ActivateAPIKeyRequest(isActive=True))


@pytest.mark.skipif(VERSION < (0, 2, 0), reason="these paths came with 0.2")
def test_who_asks_is_told(sandbox):
    assert generated(sandbox, "UsersApi").get_current_user().id
    assert generated(sandbox, "OrganizationsApi").get_org_users() is not None
