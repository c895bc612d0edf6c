//! What was asked of the site, and whether a harvest asked as it should: each page once, and none that is forbidden.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::generate::site;

/// What anyone may ask for once more than needed.
const FREE: [&str; 3] = ["/", "/robots.txt", "/sitemap.xml"];

/// A request, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    /// Bytes of the body sent.
    pub(crate) sent: usize,
}

/// Which harvest of a site it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// The first: everything comes.
    First,
    /// Another, of a site that has not changed: everything is as it was.
    Again,
}

/// Says what a harvest of a site of so many pages did wrong, by what was asked.
pub(crate) fn check(asked: &[Asked], pages: usize, times: Times) -> Result<(), String> {
    let mut left: BTreeMap<String, bool> = site::paths(pages).map(|path| (path, true)).collect();
    let mut free = BTreeMap::<&str, usize>::new();
    for request in asked {
        let (method, path) = (&request.method, &request.path);
        if FREE.contains(&path.as_str()) {
            let count = free.entry(path).or_default();
            *count += 1;
            if *count > 2 {
                return Err(format!("{path} was asked for {count} times"));
            }
            continue;
        }
        let is_left = left
            .get_mut(path)
            .ok_or_else(|| format!("{path} is no page, or a forbidden one"))?;
        if !std::mem::take(is_left) {
            return Err(format!("{path} was asked for twice"));
        }
        if !times.is_right(request) {
            let (status, sent) = (request.status, request.sent);
            return Err(format!(
                "{method} {path} was answered {status} with {sent} bytes"
            ));
        }
    }
    let missing = left.iter().filter(|(_, is_left)| **is_left).count();
    match left.iter().find(|(_, is_left)| **is_left) {
        Some((path, _)) => Err(format!(
            "{missing} of {pages} pages were not asked for: {path} first"
        )),
        None => Ok(()),
    }
}

impl Times {
    fn is_right(self, request: &Asked) -> bool {
        request.method == "GET"
            && match self {
                Self::First => request.status == 200 && request.sent > 0,
                Self::Again => request.status == 304 && request.sent == 0,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Times, check};
    use crate::generate::site;

    fn asked(path: &str, status: u16, sent: usize) -> Asked {
        Asked {
            method: "GET".to_owned(),
            path: path.to_owned(),
            status,
            sent,
        }
    }

    /// A harvest of forty pages, with one thing changed.
    fn harvest(change: impl FnOnce(&mut Vec<Asked>)) -> Result<(), String> {
        let mut all = vec![asked("/robots.txt", 200, 40), asked("/", 200, 80)];
        all.extend(site::paths(40).map(|path| asked(&path, 200, 7000)));
        change(&mut all);
        check(&all, 40, Times::First)
    }

    #[test]
    fn a_harvest_asks_for_each_page_once() {
        assert_eq!(harvest(|_| {}), Ok(()));
    }

    #[test]
    fn what_a_harvest_does_wrong_is_said() {
        let wrong = |change: fn(&mut Vec<Asked>)| harvest(change).unwrap_err();
        assert!(wrong(|all| _ = all.pop()).contains("1 of 40 pages were not"));
        assert!(wrong(|all| all.push(asked("/e/0/9.html", 200, 1))).contains("twice"));
        assert!(wrong(|all| all.push(asked("/private/0.html", 200, 1))).contains("forbidden"));
        assert!(wrong(|all| all.extend(vec![asked("/", 200, 1); 2])).contains("3 times"));
        assert!(wrong(|all| all[2].status = 304).contains("answered 304"));
        assert!(wrong(|all| all[2].method = "HEAD".to_owned()).contains("HEAD /list/0.html"));
    }

    #[test]
    fn an_unchanged_site_sends_no_body() {
        let all = |status, sent| -> Vec<Asked> {
            site::paths(40)
                .map(|path| asked(&path, status, sent))
                .collect()
        };
        assert_eq!(check(&all(304, 0), 40, Times::Again), Ok(()));
        assert!(check(&all(304, 9), 40, Times::Again).is_err());
        assert!(check(&all(200, 9), 40, Times::Again).is_err());
    }
}
