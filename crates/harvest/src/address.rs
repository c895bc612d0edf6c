//! The guard: which addresses may be requested at all.
//!
//! Sites link wherever they like, so the machine's own networks are refused as literals and, for names, after
//! resolution: the addresses checked are the ones connected to, so a name cannot change its meaning in between.
//! An operator opens single hosts by leading them to an address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use moisson_model::Cause;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::failure::Failure;

/// Checks addresses before a request, and resolves names for the HTTP client.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    hosts: Arc<BTreeMap<String, SocketAddr>>,
    private: bool,
}

/// A name that leads to forbidden addresses alone.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` leads to an address of this machine or of a private network")]
pub(crate) struct Forbidden(String);

impl Guard {
    pub(crate) fn new(hosts: &BTreeMap<String, SocketAddr>, private: bool) -> Self {
        let hosts = hosts
            .iter()
            .map(|(host, address)| (host.to_ascii_lowercase(), *address));
        Self {
            hosts: Arc::new(hosts.collect()),
            private,
        }
    }

    /// Where a setting leads a host: one of its own, else that of all hosts under a parent (`*.example`).
    fn led(&self, host: &str) -> Option<SocketAddr> {
        let under = |at: usize| {
            host.get(at..)
                .and_then(|parent| self.hosts.get(&format!("*{parent}")))
        };
        let own = self.hosts.get(host);
        own.or_else(|| host.match_indices('.').find_map(|(at, _)| under(at)))
            .copied()
    }

    /// Refuses what no request may go to, as far as the address alone tells.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Failure> {
        let refused = |why: &str| {
            Err(Failure::new(
                Cause::ForbiddenAddress,
                format!("{why}: not requested"),
            ))
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refused("an address that is neither `http:` nor `https:`");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("an address with a user name or password");
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(name)) if self.led(name).is_some() => {
                if url.scheme() == "http" && url.port().is_none() {
                    return Ok(());
                }
                return refused(
                    "a host that a setting leads elsewhere has plain `http:` and no port",
                );
            }
            Some(Host::Domain(_)) => return Ok(()),
            None => return refused("an address without a host"),
        };
        if self.private || is_public(literal) {
            return Ok(());
        }
        refused("an address of this machine or of a private network")
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        if let Some(address) = self.led(&host) {
            let addresses: Addrs = Box::new(std::iter::once(address));
            return Box::pin(std::future::ready(Ok(addresses)));
        }
        let private = self.private;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let any = !found.is_empty();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| private || is_public(address.ip()))
                .collect();
            if any && allowed.is_empty() {
                return Err(Forbidden(host).into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is on the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// Networks of the special-purpose registry (RFC 6890) that no public site has: first address and prefix length.
const SPECIAL_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([255, 255, 255, 255], 32),
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let within = |(network, bits): &([u8; 4], u32)| {
        let differing = ip.to_bits() ^ u32::from_be_bytes(*network);
        differing.leading_zeros() >= *bits
    };
    !SPECIAL_V4.iter().any(within)
}

/// Global unicast alone; where an IPv4 address is carried inside, that one decides.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        [0x2001, 0 | 0xdb8, ..] => false,
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use url::Url;

    use super::{Guard, SocketAddr};

    fn allowed(address: &str) -> bool {
        let hosts =
            BTreeMap::from([("Site.example".to_owned(), "127.0.0.1:8000".parse().unwrap())]);
        let guard = Guard::new(&hosts, false);
        Url::parse(address).is_ok_and(|url| guard.check(&url).is_ok())
    }

    #[test]
    fn the_machines_own_networks_are_refused_in_every_spelling() {
        for address in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://0.0.0.0/",
            "http://10.1.2.3/",
            "http://100.64.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://172.20.0.1/",
            "http://192.168.1.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[::]/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[ff02::1]/",
        ] {
            assert!(!allowed(address), "{address}");
        }
        assert!(allowed("http://9.9.9.9/"));
        assert!(allowed("https://[2620:fe::fe]/"));
    }

    #[test]
    fn a_setting_leads_a_host_or_all_hosts_under_a_parent() {
        let led = |name: &str, port| (name.to_owned(), SocketAddr::from(([127, 0, 0, 1], port)));
        let hosts = BTreeMap::from([led("*.example", 1), led("own.example", 2)]);
        let guard = Guard::new(&hosts, false);
        assert_eq!(guard.led("own.example").map(|led| led.port()), Some(2));
        assert_eq!(guard.led("a.b.example").map(|led| led.port()), Some(1));
        assert_eq!(guard.led("example"), None);
        assert_eq!(guard.led("other.test"), None);
    }

    #[test]
    fn only_plain_web_addresses_are_requested() {
        for address in [
            "file:///etc/passwd",
            "ftp://a.example/",
            "https://u:p@a.example/",
            "data:,x",
        ] {
            assert!(!allowed(address), "{address}");
        }
        assert!(allowed("https://a.example/x?y"));
    }

    #[test]
    fn a_host_led_elsewhere_is_reached_by_its_plain_address_alone() {
        assert!(allowed("http://site.example/x"));
        assert!(!allowed("https://site.example/x"));
        assert!(!allowed("http://site.example:22/x"));
    }
}
