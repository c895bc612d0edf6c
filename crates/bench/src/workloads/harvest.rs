//! `harvest`: a site of generated pages over loopback, by whole programs, from the first byte of the start page to the
//! last one kept. What was asked of the site says whether the work was done.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::{fs, io};

use anyhow::{Context as _, Result, anyhow};

use crate::arguments::{Arguments, Scale};
use crate::measure::{Answer, Peer, Round, Workload};
use crate::program;
use crate::site::{Site, Times, check};

/// A site of a tenth of the pages, for what memory does with more.
pub(crate) const FEW: &str = "harvest: a tenth";
/// The whole site for the first time.
pub(crate) const FIRST: &str = "harvest: first";
/// The whole site once more.
pub(crate) const AGAIN: &str = "harvest: again";

/// What reads the site: the definition of a source, as anyone would write it for an agenda that allows haste.
const DEFINITION: &str = include_str!("site.toml");
const AIOHTTP: &str = include_str!("../harvesters/harvest_aiohttp.py");
const SCRAPY: &str = include_str!("../harvesters/harvest_scrapy.py");
/// Who keeps less than this part of what came has not kept it, compressed or not.
const KEPT: usize = 20;

/// A tenth of the site, by us alone.
pub(crate) fn few(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let bench = Bench::new(arguments, folder, pages(arguments.scale) / 10)?;
    let remark =
        "The same on a site of a tenth of the pages: what memory does with more.".to_owned();
    Ok(bench.workload(FEW, Times::First, &[], remark))
}

/// The whole site, for the first time.
pub(crate) fn first(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let bench = Bench::new(arguments, folder, pages(arguments.scale))?;
    let remark = "Links, robots.txt, every page kept; each page was asked for once, none that is forbidden. Whole \
                  processes, start-up included, on all cores; the process of the site is not counted. Ours also keeps \
                  requests, digests and an index of what was kept, page by page; the peers keep bodies, the script \
                  and Scrapy with their validators. wget asks for one page at a time."
        .to_owned();
    Ok(bench.workload(
        FIRST,
        Times::First,
        &[Who::Wget, Who::Aiohttp, Who::Scrapy],
        remark,
    ))
}

/// The whole site once more; nothing has changed.
pub(crate) fn again(arguments: &Arguments, folder: &Path) -> Result<Workload> {
    let bench = Bench::new(arguments, folder, pages(arguments.scale))?;
    let remark = "After a first harvest that is not measured: each page was answered 304, with no body. Without wget: \
                  a 304 ends its way through the site, so that it sends a HEAD for each page instead."
        .to_owned();
    Ok(bench.workload(AGAIN, Times::Again, &[Who::Aiohttp, Who::Scrapy], remark))
}

fn pages(scale: Scale) -> usize {
    match scale {
        Scale::Small => 2_000,
        Scale::Base => 20_000,
    }
}

/// Who harvests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Moisson,
    Wget,
    Aiohttp,
    Scrapy,
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::Moisson => "moisson",
            Self::Wget => "wget",
            Self::Aiohttp => "aiohttp",
            Self::Scrapy => "scrapy",
        }
    }

    /// Name and version, where it is installed.
    fn version(self, python: &Path) -> Option<String> {
        let name = self.name();
        let mut command = match self {
            Self::Moisson => return Some(name.to_owned()),
            Self::Wget => Command::new(name),
            Self::Aiohttp | Self::Scrapy => Command::new(python),
        };
        let script = format!("import {name}; print('x', 'x', {name}.__version__)");
        let output = match self {
            Self::Wget => command.arg("--version"),
            _ => command.args(["-c", &script]),
        };
        let output = output.stderr(Stdio::null()).output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = said.split_whitespace().nth(2)?;
        output.status.success().then(|| format!("{name} {version}"))
    }
}

/// A site, and where its harvests are kept.
struct Bench {
    site: RefCell<Site>,
    folder: PathBuf,
    moisson: PathBuf,
}

impl Bench {
    fn new(arguments: &Arguments, folder: &Path, pages: usize) -> Result<Rc<Self>> {
        let folder = folder.join("harvest");
        fs::create_dir_all(folder.join("pipelines/sources"))?;
        fs::write(folder.join("pipelines/sources/site.toml"), DEFINITION)?;
        fs::write(folder.join("harvest_aiohttp.py"), AIOHTTP)?;
        fs::write(folder.join("harvest_scrapy.py"), SCRAPY)?;
        let moisson = arguments.moisson()?;
        let site = RefCell::new(Site::serve(pages)?);
        Ok(Rc::new(Self {
            site,
            folder,
            moisson,
        }))
    }

    fn workload(
        self: Rc<Self>,
        name: &'static str,
        times: Times,
        peers: &[Who],
        remark: String,
    ) -> Workload {
        let records = self.site.borrow().pages;
        let peers = peers
            .iter()
            .map(|who| Rc::clone(&self).peer(*who, times))
            .collect();
        let mut has_begun = false;
        let round = move || {
            let round = self.harvested(Who::Moisson, Path::new(""), times, &mut has_begun)?;
            round.map_err(|why| anyhow!("our own harvest is wrong: {why}"))
        };
        Workload {
            name,
            records,
            remark,
            round: Box::new(round),
            peers,
        }
    }

    fn peer(self: Rc<Self>, who: Who, times: Times) -> Peer {
        let records = self.site.borrow().pages;
        let mut has_begun = false;
        let round = move |python: &Path| {
            let Some(name) = who.version(python) else {
                return Ok(Answer::Missing);
            };
            let round = self.harvested(who, python, times, &mut has_begun)?;
            Ok(match round {
                Ok(round) => Answer::Same(name, round),
                Err(why) => Answer::Wrong(why),
            })
        };
        Peer {
            name: who.name(),
            records,
            round: Box::new(round),
        }
    }

    /// One harvest that is measured; before the first of another time, one that is not.
    fn harvested(
        &self,
        who: Who,
        python: &Path,
        times: Times,
        has_begun: &mut bool,
    ) -> Result<Result<Round, String>> {
        let kept = self.folder.join(who.name());
        if times == Times::First || !*has_begun {
            empty(&kept)?;
        }
        let is_prepared = times == Times::First || std::mem::replace(has_begun, true);
        if !is_prepared && let Err(why) = self.harvest(who, python, &kept, Times::First)? {
            return Ok(Err(why));
        }
        self.harvest(who, python, &kept, times)
    }

    fn harvest(
        &self,
        who: Who,
        python: &Path,
        kept: &Path,
        times: Times,
    ) -> Result<Result<Round, String>> {
        let mut site = self.site.borrow_mut();
        site.take()?;
        let round = program::run(&self.command(who, python, kept, &site))?;
        let asked = site.take()?;
        let sent: usize = asked.iter().map(|request| request.sent).sum();
        let size = size(kept)?;
        let judged = check(&asked, site.pages, times);
        Ok(match judged {
            Ok(()) if size < sent / KEPT => Err(format!("of {sent} bytes it kept {size}")),
            judged => judged.map(|()| round),
        })
    }

    fn command(&self, who: Who, python: &Path, kept: &Path, site: &Site) -> Command {
        let start = site.start();
        match who {
            Who::Moisson => {
                let mut command = Command::new(&self.moisson);
                let host = format!("agenda.example=127.0.0.1:{}", site.port);
                command.args(["harvest", "site", "--host", &host]);
                command.arg("--project").arg(&self.folder);
                command.arg("--data").arg(kept);
                command
            }
            Who::Wget => {
                let mut command = Command::new("wget");
                command.args(["--mirror", "--quiet", "--directory-prefix"]);
                command.arg(kept).arg(start);
                command
            }
            Who::Aiohttp | Who::Scrapy => {
                let mut command = Command::new(python);
                command.arg(self.folder.join(format!("harvest_{}.py", who.name())));
                command.arg(start).arg(kept);
                command
            }
        }
    }
}

/// A folder with nothing in it.
fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))
}

/// Bytes of all files under a folder.
fn size(folder: &Path) -> Result<usize> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        size += if about.is_dir() {
            self::size(&entry.path())?
        } else {
            usize::try_from(about.len())?
        };
    }
    Ok(size)
}
