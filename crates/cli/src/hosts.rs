//! The operator's setting that leads hosts to addresses of this machine.
//!
//! A record only ever sees `http://annuaire.example/…`: neither port nor address enters it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::output::usage;

/// Reads `NAME=ADDRESS` settings; `*.example` is kept as it is, and stands for every host under it.
pub(crate) fn read(settings: &[String]) -> anyhow::Result<BTreeMap<String, SocketAddr>> {
    let mut hosts = BTreeMap::new();
    for setting in settings.iter().filter(|setting| !setting.trim().is_empty()) {
        let Some((name, address)) = setting.trim().split_once('=') else {
            return Err(usage(format!(
                "`--host {setting}` is not of the form NAME=ADDRESS, as in `annuaire.example=127.0.0.1:8099`"
            )));
        };
        let address = address
            .parse()
            .map_err(|_| usage(format!("`{address}` is no address and port")))?;
        hosts.insert(name.to_ascii_lowercase(), address);
    }
    Ok(hosts)
}
