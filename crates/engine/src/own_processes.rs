//! The processes of this sandbox: whoever serves it, and all below. Orphans come back to the agent, so the tree is whole.

/// Ids of this process and of everything below it.
pub(crate) fn all() -> Vec<i32> {
    let mut all = Vec::new();
    let mut open = vec![rustix::process::getpid().as_raw_nonzero().get()];
    while let Some(pid) = open.pop() {
        all.push(pid);
        open.extend(children(pid));
    }
    all
}

/// The direct children of a process, of all its threads.
fn children(parent: i32) -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{parent}/task")) else { return Vec::new() };
    let lists: Vec<String> = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .collect();
    if lists.is_empty() {
        return children_by_parent(parent);
    }
    lists.iter().flat_map(|list| list.split_whitespace()).filter_map(|number| number.parse().ok()).collect()
}

/// The long way round, for kernels without CONFIG_PROC_CHILDREN.
fn children_by_parent(parent: i32) -> Vec<i32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| stat_field(*pid, 4).and_then(|field| field.parse().ok()) == Some(parent))
        .collect()
}

/// A field of `/proc/<pid>/stat`, numbered from 1 as in proc(5).
fn stat_field(pid: i32, number: usize) -> Option<String> {
    let fields = stat(pid)?;
    fields.split_whitespace().nth(number.checked_sub(3)?).map(ToOwned::to_owned)
}

/// `/proc/<pid>/stat` from its third field on: the program's name before it may hold spaces and parentheses.
pub(crate) fn stat(pid: i32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')').map(|(_, fields)| fields.to_owned())
}
