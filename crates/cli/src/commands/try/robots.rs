//! `moisson try robots`: what a robots.txt says of addresses, and the line that says it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use moisson_harvest::{Decision, RobotsTxt};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::batch;
use crate::args::Global;
use crate::output::{self, Done, usage};

/// Arguments of `try robots`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  moisson try robots robots.txt https://annuaire.example/membres/?page=2\n  \
    moisson try robots robots.txt --agent Googlebot https://annuaire.example/\n  \
    curl -s https://annuaire.example/robots.txt | moisson try robots - https://annuaire.example/\n  \
    moisson try robots --batch < questions.ndjson\n\n\
    A line of a batch is answered by {\"allowed\", \"rule\", \"crawl_delay\"}, or by {\"error\"}. The delay is in \
    seconds, as the file states it; a harvest waits a minute at most. That an address is forbidden is an answer: exit \
    code 0."
)]
pub(crate) struct Arguments {
    /// The robots.txt, `-` for standard input.
    #[arg(required_unless_present = "batch")]
    file: Option<PathBuf>,
    /// Addresses, whole.
    #[arg(value_name = "URL", required_unless_present = "batch")]
    urls: Vec<String>,
    /// The product token that groups are matched with; what follows a token, as in `Moisson/0.1`, is passed over.
    #[arg(long, value_name = "TOKEN", default_value = "Moisson")]
    agent: String,
    /// Answer NDJSON on standard input, `{"file", "agent", "url"}` a line.
    #[arg(long, conflicts_with_all = ["file", "urls", "agent"])]
    batch: bool,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments, global: &Global) -> anyhow::Result<Done> {
    let Some(file) = arguments.file.as_deref().filter(|_| !arguments.batch) else {
        let mut last = None;
        return batch::answer(|question| answer(&question, &mut last));
    };
    let urls = arguments
        .urls
        .iter()
        .map(|text| address(text).map_err(usage));
    let urls: Vec<Url> = urls.collect::<Result<_, _>>()?;
    let robots = if file.as_os_str() == "-" {
        read_input()?
    } else {
        read(file)?
    };
    for url in &urls {
        let decision = robots.decide(&arguments.agent, url);
        if global.json {
            output::ndjson(&described(url, &decision, robots.sitemaps()));
        } else {
            output::line(sentence(url, &decision));
        }
    }
    for sitemap in robots.sitemaps().iter().filter(|_| !global.json) {
        output::line(format!("sitemap    {sitemap}"));
    }
    Ok(Done::Well)
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    url.ok_or_else(|| {
        format!("`{text}` is no whole address: write it as `https://annuaire.example/membres/`")
    })
}

fn read(file: &Path) -> anyhow::Result<RobotsTxt> {
    let read = RobotsTxt::read_from(moisson_lake::files::open(file)?);
    read.with_context(|| format!("cannot read `{}`", file.display()))
}

fn read_input() -> anyhow::Result<RobotsTxt> {
    RobotsTxt::read_from(std::io::stdin().lock()).context("cannot read standard input")
}

fn sentence(url: &Url, decision: &Decision<'_>) -> String {
    let verdict = if decision.allowed {
        "allowed  "
    } else {
        "forbidden"
    };
    let reason = match decision.rule {
        Some(rule) => format!("by line {}, `{rule}`", rule.line),
        None => "no rule applies".to_owned(),
    };
    let delay = decision
        .crawl_delay
        .map(|delay| format!("; crawl delay {delay:?}"));
    format!("{verdict}  {url}  {reason}{}", delay.unwrap_or_default())
}

fn described(url: &Url, decision: &Decision<'_>, sitemaps: &[String]) -> serde_json::Value {
    let answer = Answer::of(decision);
    json!({
        "url": url,
        "allowed": answer.allowed,
        "rule": answer.rule,
        "line": decision.rule.map(|rule| rule.line),
        "crawl_delay": answer.crawl_delay,
        "sitemaps": sitemaps,
    })
}

/// A line of a batch.
#[derive(Deserialize)]
struct Question {
    file: PathBuf,
    agent: String,
    url: String,
}

/// What it is answered with: the rule as the file has it, the delay in seconds.
#[derive(Serialize)]
struct Answer {
    allowed: bool,
    rule: Option<String>,
    crawl_delay: Option<f64>,
}

impl Answer {
    fn of(decision: &Decision<'_>) -> Self {
        Self {
            allowed: decision.allowed,
            rule: decision.rule.map(ToString::to_string),
            crawl_delay: decision.crawl_delay.map(|delay| delay.as_secs_f64()),
        }
    }
}

/// Answers a line; questions of one file come together, so that the last one read is remembered.
fn answer(question: &Question, last: &mut Option<(PathBuf, RobotsTxt)>) -> anyhow::Result<Answer> {
    let url = address(&question.url).map_err(anyhow::Error::msg)?;
    let robots = match last.take() {
        Some((file, robots)) if file == question.file => robots,
        _ => read(&question.file)?,
    };
    let answer = Answer::of(&robots.decide(&question.agent, &url));
    *last = Some((question.file.clone(), robots));
    Ok(answer)
}
