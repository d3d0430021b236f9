//! Objects in parts.

use crate::s3::{Access, Call};
use crate::{World, at};

const LEAST: usize = 5 << 20;

async fn begin(access: &Access, key: &str) -> String {
    let begun = access.send(Call::new("POST", &format!("{}?uploads=", at(key))), "").await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    begun.tag("UploadId")
}

async fn part(access: &Access, key: &str, upload: &str, number: u32, body: Vec<u8>) -> String {
    let put = access.put(&format!("{}?partNumber={number}&uploadId={upload}", at(key)), body).await;
    assert_eq!(put.status, 200, "{}", put.text());
    put.header("etag").to_owned()
}

async fn complete(access: &Access, key: &str, upload: &str, parts: &[(u32, String)]) -> crate::s3::Answer {
    let parts: String = parts
        .iter()
        .map(|(number, tag)| {
            // One client writes quotation marks as entities.
            let tag = tag.replace('"', "&quot;");
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>")
        })
        .collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    access.send(Call::new("POST", &format!("{}?uploadId={upload}", at(key))), body).await
}

#[tokio::test]
async fn parts_come_in_any_order_and_the_last_of_a_number_counts() {
    let World { access, objects, place, .. } = World::new().await;
    let key = "o1/h/context.tar";
    let upload = begin(&access, key).await;
    let last = part(&access, key, &upload, 3, b"end".to_vec()).await;
    part(&access, key, &upload, 1, vec![b'x'; LEAST]).await;
    let (second, first) = tokio::join!(
        part(&access, key, &upload, 2, vec![b'b'; LEAST]),
        part(&access, key, &upload, 1, vec![b'a'; LEAST])
    );
    let parts = access.get(&format!("{}?uploadId={upload}", at(key))).await;
    assert_eq!(parts.text().matches("<Part>").count(), 3, "{}", parts.text());
    assert_eq!(access.get(&at(key)).await.status, 404, "not there before it is whole");
    let done = complete(&access, key, &upload, &[(1, first), (2, second), (3, last)]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.tag("ETag").ends_with("-3&quot;") || done.tag("ETag").ends_with("-3\""), "{}", done.text());
    let whole = std::fs::read(objects.context("o1", "h").unwrap()).unwrap();
    assert_eq!(whole, [vec![b'a'; LEAST], vec![b'b'; LEAST], b"end".to_vec()].concat());
    assert_eq!(std::fs::read_dir(place.path().join("objects/uploads")).unwrap().count(), 0);
    let again = complete(&access, key, &upload, &[(1, String::new())]).await;
    assert_eq!(again.error(), (404, "NoSuchUpload".to_owned()));
}

#[tokio::test]
async fn one_small_part_makes_an_object_too() {
    let World { access, .. } = World::new().await;
    let upload = begin(&access, "o1/small").await;
    let tag = part(&access, "o1/small", &upload, 1, b"x".to_vec()).await;
    assert_eq!(complete(&access, "o1/small", &upload, &[(1, tag)]).await.status, 200);
    assert_eq!(access.get(&at("o1/small")).await.text(), "x");
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused_and_can_be_mended() {
    let World { access, .. } = World::new().await;
    let key = "o1/h";
    let upload = begin(&access, key).await;
    let first = part(&access, key, &upload, 1, b"small".to_vec()).await;
    let second = part(&access, key, &upload, 2, b"end".to_vec()).await;
    let both = |one: &str, two: &str| [(1, one.to_owned()), (2, two.to_owned())];
    let code = async |parts: &[(u32, String)]| complete(&access, key, &upload, parts).await.error().1;
    assert_eq!(code(&both(&first, &second)).await, "EntityTooSmall");
    assert_eq!(code(&both(&second, &second)).await, "InvalidPart");
    assert_eq!(code(&[(2, second.clone()), (1, first.clone())]).await, "InvalidPartOrder");
    assert_eq!(code(&[(7, first.clone())]).await, "InvalidPart");
    for number in [0, 10_001] {
        let target = format!("{}?partNumber={number}&uploadId={upload}", at(key));
        assert_eq!(access.put(&target, "x").await.error(), (400, "InvalidArgument".to_owned()), "{number}");
    }
    assert_eq!(access.get(&at(key)).await.status, 404);
    let first = part(&access, key, &upload, 1, vec![b'a'; LEAST]).await;
    assert_eq!(complete(&access, key, &upload, &both(&first, &second)).await.status, 200);
}

#[tokio::test]
async fn an_upload_belongs_to_its_object_and_can_be_given_up() {
    let World { access, .. } = World::new().await;
    let upload = begin(&access, "o1/a").await;
    let unknown = (404, "NoSuchUpload".to_owned());
    for (key, upload) in [("o1/b", upload.as_str()), ("o1/a", "unknown"), ("o1/a", "..")] {
        let target = format!("{}?partNumber=1&uploadId={upload}", at(key));
        assert_eq!(access.put(&target, "x").await.error(), unknown, "{key} {upload}");
    }
    let target = format!("{}?uploadId={upload}", at("o1/a"));
    assert_eq!(access.send(Call::new("DELETE", &target), "").await.status, 204);
    assert_eq!(access.send(Call::new("DELETE", &target), "").await.error(), unknown);
}
