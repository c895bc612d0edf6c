//! The guard: which addresses may be requested at all.
//!
//! Sites link wherever they like, so the machine's own networks are refused as literals and, for names, after
//! resolution: the addresses checked are the ones connected to, so a name cannot change its meaning in between. Of a name
//! with public and forbidden addresses the forbidden ones are dropped: a slip in a site's zone does not cost the site,
//! and nothing forbidden is reached. An operator opens single hosts by leading them to an address.

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
            // A stated port would win over that of the setting, and reach another service of this machine.
            Some(Host::Domain(name)) if self.led(name).is_some() => match url.port() {
                None => return Ok(()),
                Some(_) => return refused("a host that a setting leads elsewhere has no port"),
            },
            Some(Host::Domain(name)) if !self.private && is_private_name(name) => {
                return refused("a name of this machine or of a private network");
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
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let allowed = allowed(&host, found, private)?;
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Those of a name's addresses that may be connected to. A name that has forbidden ones alone is forbidden.
fn allowed(
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
    private: bool,
) -> Result<Vec<SocketAddr>, Forbidden> {
    let (allowed, refused): (Vec<_>, Vec<_>) =
        found.partition(|address| private || is_public(address.ip()));
    if allowed.is_empty() && !refused.is_empty() {
        return Err(Forbidden(host.to_owned()));
    }
    Ok(allowed)
}

/// Parents that no public site has, refused before any resolver is asked: RFC 6761, 6762, 7686, 8375, and `.internal`,
/// under which clouds tell a machine its secrets (`metadata.google.internal`).
const PRIVATE_NAMES: [&str; 6] = [
    "home.arpa",
    "internal",
    "local",
    "localdomain",
    "localhost",
    "onion",
];

fn is_private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    PRIVATE_NAMES.iter().any(|parent| {
        let above = name.strip_suffix(parent);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

/// Whether an address is on the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// The IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast, and the one public address of a cloud's metadata.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),            // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // shared by carriers
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's own services, from within Azure
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, and the metadata of most clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // IETF protocols, and the metadata of Oracle's cloud
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays, deprecated
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, and broadcast
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let within = |(network, bits): &(Ipv4Addr, u32)| {
        (ip.to_bits() ^ network.to_bits()).leading_zeros() >= *bits
    };
    !SPECIAL_V4.iter().any(within)
}

/// What the IANA IPv6 Special-Purpose Address Registry takes out of global unicast (`2000::/3`, RFC 4291).
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // IETF protocols: Teredo, benchmarks, ORCHID, ORCHIDv2, drones.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    // 6to4: an IPv4 address in disguise, and deprecated (RFC 7526).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation (RFC 9637)
];

/// Global unicast alone. Behind the two prefixes that stand for IPv4 itself, mapped (RFC 4291) and the well-known NAT64
/// (RFC 6052), the IPv4 address decides.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] =
        ip.segments()
    {
        return is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    let within = |(network, bits): &(Ipv6Addr, u32)| {
        (ip.to_bits() ^ network.to_bits()).leading_zeros() >= *bits
    };
    matches!(ip.segments(), [0x2000..=0x3fff, ..]) && !SPECIAL_V6.iter().any(within)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use url::Url;

    use super::{Forbidden, Guard, Resolve, SocketAddr};

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
            "http://168.63.129.16/",
            "http://192.0.0.192/",
            "http://0/",
            "http://0x7f000001/",
            "http://017700000001/",
            "http://127.0.0.1./",
            "http://127\u{3002}0\u{3002}0\u{3002}1/",
            "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "http://%31%32%37.0.0.1/",
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
            "http://[fe80::1%25eth0]/",
            "http://[fd00:ec2::254]/",
            "http://[64:ff9b:1::1]/",
            "http://[100::1]/",
            "http://[2001::1]/",
            "http://[2001:2::1]/",
            "http://[2001:10::1]/",
            "http://[2001:20::1]/",
            "http://[2001:db8::1]/",
            "http://[2002:909:909::]/",
            "http://[3fff::1]/",
            "http://[5f00::1]/",
        ] {
            assert!(!allowed(address), "{address}");
        }
        assert!(allowed("http://9.9.9.9/"));
        assert!(allowed("https://[2620:fe::fe]/"));
        assert!(allowed("https://[2001:4860:4860::8888]/"));
        assert!(allowed("https://[::ffff:9.9.9.9]/"));
        assert!(allowed("https://[64:ff9b::909:909]/"));
    }

    #[test]
    fn names_of_the_machine_and_of_clouds_are_refused_without_a_resolver() {
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "box.home.arpa",
            "metadata.google.internal",
            "x.onion",
        ] {
            assert!(!allowed(&format!("http://{name}/")), "{name}");
        }
        assert!(allowed("http://notlocalhost/"));
        assert!(allowed("http://international.example/"));
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_resolves_to() {
        let guard = Guard::new(&BTreeMap::new(), false);
        let resolved = guard.resolve("localhost".parse().unwrap()).await;
        let error = resolved.err().expect("it is this machine");
        assert!(error.downcast_ref::<Forbidden>().is_some(), "{error}");
    }

    #[test]
    fn of_a_name_with_public_and_forbidden_addresses_the_forbidden_are_dropped() {
        let found = |list: &[&str]| {
            let addresses: Vec<SocketAddr> =
                list.iter().map(|text| text.parse().unwrap()).collect();
            super::allowed("a.example", addresses.into_iter(), false)
        };
        let mixed = found(&["127.0.0.1:0", "9.9.9.9:0", "[::1]:0"]).unwrap();
        assert_eq!(mixed, ["9.9.9.9:0".parse().unwrap()]);
        assert!(found(&["10.0.0.1:0", "[fe80::1]:0"]).is_err());
        assert!(found(&[]).unwrap().is_empty());
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
    fn a_host_led_elsewhere_is_reached_by_either_scheme_and_no_port() {
        assert!(allowed("http://site.example/x"));
        assert!(allowed("https://site.example/x"));
        assert!(!allowed("http://site.example:22/x"));
    }
}
