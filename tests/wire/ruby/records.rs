//! Volumes, secrets, warm pools. A volume that is asked for is made when the text of the error is the known one.

use super::RUBY;
use crate::client::Client;
use crate::records;

#[tokio::test]
async fn every_method_is_read() {
    records::every_method(RUBY).await;
}

#[tokio::test]
async fn a_missing_volume_is_told_in_the_words_the_client_compares() {
    let client = Client::start(RUBY).await;
    let missing = client.refused_api("GET", "/volumes/by-name/my%20data%2Fset", "").await;
    assert_eq!((missing.status, missing.message.as_str()), (404, "Volume with name my data/set not found"));
    let made = client.read_api("POST", "/volumes", r#"{"name":"my data/set"}"#, 200, records::VOLUME).await;
    let found = client.read_api("GET", "/volumes/by-name/my%20data%2Fset", "", 200, records::VOLUME).await;
    assert_eq!(found, made);
}
