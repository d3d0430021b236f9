//! Media types of files by the ending of their names.

/// The real daemon's own table, where the general one says otherwise.
const OWN: [(&str, &str); 5] = [
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("xml", "text/xml; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("avif", "image/avif"),
];

const UNKNOWN: &str = "application/octet-stream";

/// The media type for a path; text carries its character set.
pub(super) fn of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((_, ending)) = name.rsplit_once('.') else { return UNKNOWN.to_owned() };
    let ending = ending.to_ascii_lowercase();
    if let Some((_, own)) = OWN.iter().find(|(known, _)| *known == ending) {
        return (*own).to_owned();
    }
    match mime_guess::from_ext(&ending).first_raw() {
        Some(text) if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        Some(other) => other.to_owned(),
        None => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_endings_have_the_daemons_types() {
        for (path, media_type) in [
            ("a.html", "text/html; charset=utf-8"),
            ("b.PNG", "image/png"),
            ("c.zzz", UNKNOWN),
            ("noext", UNKNOWN),
            ("x.d/noext", UNKNOWN),
            ("d.js", "text/javascript; charset=utf-8"),
            ("e.css", "text/css; charset=utf-8"),
            ("f.svg", "image/svg+xml"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("b.json", "application/json"),
            ("b.pdf", "application/pdf"),
        ] {
            assert_eq!(of(path), media_type, "{path}");
        }
    }
}
