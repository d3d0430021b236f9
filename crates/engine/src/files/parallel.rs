//! Much of the same work at once.

/// How many pieces of work are worth a thread.
const WORTH_A_THREAD: usize = 1024;

/// What `work` makes of each part, in their order: one part where there is little to do, otherwise as many as there are
/// processors. Blocks.
pub(super) fn in_parts<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(items.len() / WORTH_A_THREAD);
    if threads < 2 {
        return vec![work(items)];
    }
    let (mine, theirs) = items.split_at(items.len().div_ceil(threads));
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = theirs.chunks(mine.len()).map(|part| scope.spawn(move || work(part))).collect();
        let mut made = vec![work(mine)];
        for other in others {
            match other.join() {
                Ok(part) => made.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, WORTH_A_THREAD * 2 - 1, WORTH_A_THREAD * 2, WORTH_A_THREAD * 7 + 3] {
            let items: Vec<usize> = (0..count).collect();
            let parts = in_parts(&items, |part| part.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(parts.concat(), items.iter().map(|item| item * 2).collect::<Vec<_>>(), "{count}");
        }
    }
}
