//! Who holds a lease: a process, named so that another on the same machine can tell whether it still lives.
//!
//! A lease ends by itself when its owner gives no sign; on one machine nobody need wait for that. A process is known
//! by its namespace, its number and its start (a number is given again to others), as Linux tells them in `/proc`.
//! Where that cannot be read, or the namespace is another's, only time decides.

/// The name of this process.
pub fn this_process() -> String {
    let pid = std::process::id();
    let namespace = namespace().unwrap_or_default();
    let start = start(pid).unwrap_or_default();
    format!("{namespace}/{pid}/{start}")
}

/// Whether the process of a name is known to have ended.
pub fn is_gone(owner: &str) -> bool {
    let parts: Vec<&str> = owner.split('/').collect();
    let [theirs, pid, started] = parts.as_slice() else {
        return false;
    };
    let Some(pid) = pid.parse().ok().filter(|_| !started.is_empty()) else {
        return false;
    };
    namespace().is_some_and(|ours| ours == *theirs) && start(pid).as_deref() != Some(*started)
}

/// The namespace that process numbers are of.
fn namespace() -> Option<String> {
    let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(format!("{} {}", boot.trim(), link.to_string_lossy()))
}

/// When a process started, in ticks since the machine did: the twenty-second field of its `stat`, of which the
/// second, its name, may hold anything and ends with the last parenthesis. A zombie has ended.
fn start(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z")
        .then(|| fields.nth(18).map(str::to_owned))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{is_gone, this_process};

    #[test]
    fn this_process_lives_and_one_that_ended_is_gone() {
        assert!(!is_gone(&this_process()));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let name = this_process().replace(
            &format!("/{}/", std::process::id()),
            &format!("/{}/", child.id()),
        );
        child.wait().unwrap();
        assert!(is_gone(&name));
    }

    #[test]
    fn of_a_stranger_only_time_decides() {
        assert!(!is_gone("one"));
        assert!(!is_gone("elsewhere pid:[1]/1/1"));
        assert!(!is_gone("//"));
    }
}
