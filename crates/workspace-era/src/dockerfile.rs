//! As much of Dockerfiles as is understood: their base.

use control::ApiError;

/// The image a Dockerfile begins with.
///
/// # Errors
///
/// 400 for any other step, since none is executed here.
pub(crate) fn base(text: &str) -> Result<&str, ApiError> {
    let steps: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let (first, rest) = steps.split_first().unwrap_or((&"", &[]));
    let base = first.split_once(char::is_whitespace).filter(|(word, _)| word.eq_ignore_ascii_case("from"));
    match (base, rest.first()) {
        (Some((_, base)), None) if !base.trim().contains(char::is_whitespace) => Ok(base.trim()),
        (Some(_), Some(step)) => Err(refused(step)),
        _ => Err(refused(first)),
    }
}

fn refused(step: &str) -> ApiError {
    ApiError::bad_request(format!("This server does not execute the steps of a Dockerfile yet: {step}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_alone_is_understood_and_any_step_is_named() {
        assert_eq!(base("# syntax=docker\n\n from  debian:12 \n"), Ok("debian:12"));
        for (text, step) in [
            ("FROM a\nRUN make\n", "RUN make"),
            ("FROM a AS b\n", "FROM a AS b"),
            ("RUN make", "RUN make"),
            ("", ""),
        ] {
            let told = base(text).unwrap_err().message;
            assert_eq!(told, format!("This server does not execute the steps of a Dockerfile yet: {step}"));
        }
    }
}
