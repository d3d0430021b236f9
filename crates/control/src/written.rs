//! A sandbox as it was last written for a client: clients ask for the same one again and again.
//!
//! What is kept holds the very record it was written from. As long as it does, nobody can change that record in place, and
//! no other can come to lie where it lies; so a record that is the same allocation is as it was when it was written.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::errors::ApiError;
use crate::record::SandboxRecord;
use crate::urls::BaseUrl;

/// The last text of one sandbox, if there is one.
#[derive(Default)]
pub(crate) struct Written(Mutex<Option<Kept>>);

struct Kept {
    record: Arc<SandboxRecord>,
    base: BaseUrl,
    text: Bytes,
}

impl Written {
    /// What `write` makes of a record for clients that reach us at `base`; it must look at nothing else.
    pub(crate) fn get(
        &self,
        record: &Arc<SandboxRecord>,
        base: &BaseUrl,
        write: impl FnOnce() -> Result<Bytes, ApiError>,
    ) -> Result<Bytes, ApiError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept
            && Arc::ptr_eq(&kept.record, record)
            && kept.base == *base
        {
            return Ok(kept.text.clone());
        }
        let text = write()?;
        *kept = Some(Kept { record: Arc::clone(record), base: base.clone(), text: text.clone() });
        Ok(text)
    }

    /// Lets go of a text that nobody will ask for again.
    pub(crate) fn clear(&mut self) {
        *self.0.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use dialect::OrganizationId;
    use jiff::Timestamp;

    use super::*;

    fn record() -> Arc<SandboxRecord> {
        Arc::new(SandboxRecord::new("a", OrganizationId::new("o"), Timestamp::UNIX_EPOCH))
    }

    fn base(host: &str) -> BaseUrl {
        BaseUrl::of(&http::Request::builder().header("host", host).body(()).unwrap().into_parts().0)
    }

    /// The text of a record, and whether it was written just now.
    fn read(written: &Written, record: &Arc<SandboxRecord>, host: &str) -> (String, bool) {
        let (base, mut is_new) = (base(host), false);
        let text = written.get(record, &base, || {
            is_new = true;
            Ok(format!("{} {} {}", record.name, record.last_activity_at, base.authority()).into())
        });
        (String::from_utf8(text.unwrap().to_vec()).unwrap(), is_new)
    }

    #[test]
    fn a_record_is_written_once_for_everybody_who_names_the_same_host() {
        let (written, record) = (Written::default(), record());
        let (text, is_new) = read(&written, &record, "one");
        assert!(is_new);
        assert_eq!(read(&written, &record, "one"), (text, false));
        let (other, is_new) = read(&written, &record, "two");
        assert!(is_new && other.ends_with("two"), "{other}");
    }

    #[test]
    fn a_record_changed_in_place_or_replaced_is_written_anew() {
        let (written, mut record) = (Written::default(), record());
        read(&written, &record, "one");
        // Nobody else holds it, so that it would be changed where it lies.
        Arc::make_mut(&mut record).last_activity_at = Timestamp::MAX;
        let (text, is_new) = read(&written, &record, "one");
        assert!(is_new && text.contains(&Timestamp::MAX.to_string()), "{text}");
        for name in ["b", "c", "d"] {
            // The one before is let go of before the next is made, so that it could lie in the same place.
            let mut next = (*record).clone();
            drop(record);
            next.name = name.to_owned();
            record = Arc::new(next);
            let (text, is_new) = read(&written, &record, "one");
            assert!(is_new && text.starts_with(name), "{text}");
        }
    }
}
