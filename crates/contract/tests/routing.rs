//! Finding the operation a request means, over both documents.

use contract::{Match, Router};

fn found(router: &Router, method: &str, path: &str) -> String {
    match router.find(method, path) {
        Match::Found(operation, parameters) => {
            let values: Vec<&str> = (0..4).map_while(|position| parameters.at(position)).collect();
            format!("{} {}", operation.id, values.join(" ")).trim_end().to_owned()
        }
        Match::OtherMethod => "other method".to_owned(),
        Match::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn paths_are_matched_as_they_stand_and_their_parameters_decoded() {
    let router = Router::new(&contract::toolbox::DOCUMENT);
    let cases = [
        ("GET", "/process/session/one", "GetSession one"),
        ("GET", "/process/session/a%2Fb%20c", "GetSession a/b c"),
        ("GET", "/process/session/entrypoint", "GetEntrypointSession"),
        ("GET", "/proxy/80/a/b%2Fc", "ProxyPort 80 a/b/c"),
        ("GET", "/proxy/80/", "ProxyPort 80"),
        ("GET", "/proxy/80", "unknown"),
        ("GET", "//version", "unknown"),
        ("GET", "/Version", "unknown"),
        ("POST", "/version", "other method"),
        ("BREW", "/version", "other method"),
        ("BREW", "/coffee", "unknown"),
    ];
    for (method, path, expected) in cases {
        assert_eq!(found(&router, method, path), expected, "{method} {path}");
    }
}

#[test]
fn a_path_another_method_has_does_not_hide_a_template() {
    let toolbox = Router::new(&contract::toolbox::DOCUMENT);
    assert_eq!(found(&toolbox, "DELETE", "/process/session/entrypoint"), "DeleteSession entrypoint");
    let control = Router::new(&contract::control::DOCUMENT);
    assert_eq!(found(&control, "GET", "/sandbox/paginated"), "listSandboxesPaginated_deprecated");
    assert_eq!(found(&control, "DELETE", "/sandbox/paginated"), "deleteSandbox paginated");
}
