//! Build contexts on their way to the object store, as each client sends them (control-plane.md §4.7): which question it
//! asks first, which form the body has, and what it sees of the answers.

use serde_json::Value;

use crate::client::{Client, Habits};
use crate::reading::Kind::{Object, Text};
use crate::reading::Shape;
use crate::s3::{Access, Call, SIGNED_CHUNKS, digest};

const ACCESS: Shape = Shape {
    required: &[
        ("accessKey", Text),
        ("secret", Text),
        ("sessionToken", Text),
        ("storageUrl", Text),
        ("organizationId", Text),
        ("bucket", Text),
        ("region", Text),
    ],
    optional: &[],
};
const CONTEXT: &[u8] = &[b'x'; 100_000];

/// A client that was told where to go, and whose credentials it has.
struct Uploader {
    client: Client,
    access: Access,
    bucket: String,
    organization: String,
}

impl Uploader {
    async fn start(habits: Habits) -> Self {
        let client = Client::start(habits).await;
        let told: Value =
            client.read_api("GET", "/object-storage/push-access", "", 200, Object(&ACCESS)).await;
        let url = told["storageUrl"].as_str().unwrap();
        // Only the host is looked at by one client, and only a numeric one is not taken for a bucket's by another.
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let (bucket, organization) = (text("bucket"), text("organizationId"));
        Self { client, access: Access::from_json(&told), bucket, organization }
    }

    fn key(&self, hash: &str) -> String {
        format!("/{}/{}/{hash}/context.tar", self.bucket, self.organization)
    }

    /// What lies in the store in the end, as the server itself finds it.
    fn stored(&self, hash: &str) -> Vec<u8> {
        let roots = crate::support::leftovers(self.client.server.temp.path());
        let bucket = roots.first().unwrap().join("objects").join(&self.bucket);
        std::fs::read(bucket.join(&self.organization).join(hash).join("context.tar%")).unwrap()
    }
}

/// Go: asks for the list without a slash behind the bucket, and puts the whole at once.
pub(crate) async fn as_go(habits: Habits) {
    let uploader = Uploader::start(habits).await;
    let Uploader { access, bucket, organization, .. } = &uploader;
    let list = format!("/{bucket}?list-type=2&max-keys=1&prefix={organization}%2Fhash-of-go%2F");
    let none = access.get(&list).await;
    assert_eq!((none.status, none.tag("KeyCount").as_str()), (200, "0"));
    let target = format!("{}?x-id=PutObject", uploader.key("hash-of-go"));
    let call = Call::new("PUT", &target).header("content-type", "application/x-tar");
    let put = access.send(call, CONTEXT).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert!(!put.header("etag").is_empty());
    assert_eq!(uploader.stored("hash-of-go"), CONTEXT);
    let some = access.get(&list).await;
    assert_eq!(some.tag("KeyCount"), "1");
    assert!(some.tag("Key").ends_with("/hash-of-go/context.tar"));
}

/// Ruby: looks for the object, and puts the whole at once with the digest of its body, when it is asked to go on.
pub(crate) async fn as_ruby(habits: Habits) {
    let uploader = Uploader::start(habits).await;
    let (access, target) = (&uploader.access, uploader.key("hash-of-ruby"));
    let none = access.send(Call::new("HEAD", &target), "").await;
    assert_eq!((none.status, none.body.len()), (404, 0));
    let put = |md5: &'static str| {
        let call = Call::new("PUT", &target).header("content-md5", md5).payload(digest(b"tar"));
        let signature = access.sign(&call);
        let mut request = access.request(&call, &signature, b"tar".to_vec());
        request.headers_mut().insert("expect", "100-continue".parse().unwrap());
        access.exchange(request)
    };
    assert_eq!(put("ICy5YqxZB1uWSwcVLSNLcA==").await.error(), (400, "BadDigest".to_owned()));
    let whole = put("21Vwv2FGS0biveMe1hp9xg==").await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    assert_eq!(uploader.stored("hash-of-ruby"), b"tar");
    assert_eq!(access.send(Call::new("HEAD", &target), "").await.status, 200);
}

/// The command line: asks where the bucket is, lists with a delimiter what never shows a context, and puts an empty
/// directory and the context in chunks, each signed by the one before.
pub(crate) async fn as_cli(habits: Habits) {
    let uploader = Uploader::start(habits).await;
    let Uploader { access, bucket, organization, .. } = &uploader;
    let location = access.get(&format!("/{bucket}/?location=")).await;
    assert_eq!(location.status, 200, "{}", location.text());
    let list = format!(
        "/{bucket}/?delimiter=%2F&encoding-type=url&fetch-owner=true&list-type=2&prefix={organization}"
    );
    for round in 0..2 {
        let listed = access.get(&list).await;
        assert_eq!((listed.status, listed.text().contains("<Contents>")), (200, false), "{}", listed.text());
        assert_eq!(listed.text().contains("<CommonPrefixes>"), round > 0, "{}", listed.text());
        let directory = format!("/{bucket}/{organization}/hash-of-cli/");
        for (target, body) in [(directory, &b""[..]), (uploader.key("hash-of-cli"), CONTEXT)] {
            let length = body.len().to_string();
            let call = Call::new("PUT", &target)
                .header("content-type", "application/octet-stream")
                .header("x-amz-decoded-content-length", &length)
                .payload(SIGNED_CHUNKS);
            let mut signature = access.sign(&call);
            let mut chunked: Vec<u8> = body.chunks(65_536).flat_map(|piece| signature.chunk(piece)).collect();
            chunked.extend(signature.chunk(b""));
            let put = access.exchange(access.request(&call, &signature, chunked)).await;
            assert_eq!(put.status, 200, "{target}: {}", put.text());
        }
        assert_eq!(uploader.stored("hash-of-cli"), CONTEXT);
    }
}
