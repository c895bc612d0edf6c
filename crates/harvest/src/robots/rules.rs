//! A robots.txt read into groups and asked: may this agent request this address, and which line says so (RFC 9309, 2).
//!
//! Whatever stands in the file, reading never fails: a line that is none of the six kinds known here is passed over, so that
//! an HTML page in its place forbids nothing. Tolerated beyond the grammar, as Google's reader does: line ends of any
//! system, `Disallow /x` without its colon, and misspellings of `Disallow` and `User-agent`, for what they ask is plain.
//! Beyond the RFC, `Crawl-delay` and `Sitemap` are read. Neither ends a group (2.2.4).

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use url::Url;

use super::pattern::{Pattern, Target};

/// How much of a robots.txt is read: what the RFC says is the least (2.5).
pub(super) const LIMIT: usize = 500 << 10;

/// The agent that is everybody.
const EVERYBODY: &str = "*";

/// A robots.txt.
#[derive(Debug, Clone, Default)]
pub struct RobotsTxt {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

/// A rule of a robots.txt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The line that states it; the first is 1.
    pub line: usize,
    /// Whether it allows.
    pub allows: bool,
    /// The path as it is written.
    path: String,
    pattern: Pattern,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.allows { "Allow" } else { "Disallow" };
        write!(f, "{verb}: {}", self.path)
    }
}

/// What a robots.txt says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Whether it may be requested.
    pub allowed: bool,
    /// The rule that decides; none where none applies, which allows.
    pub rule: Option<&'a Rule>,
    /// The pause asked for between requests, as it is stated.
    pub crawl_delay: Option<Duration>,
}

/// Agents and what is asked of them.
#[derive(Debug, Clone, Default)]
struct Group {
    /// Product tokens in lower case, or `*`.
    agents: Vec<String>,
    rules: Vec<Rule>,
    /// Pauses, each of as many of the agents as were named before it.
    delays: Vec<(usize, Duration)>,
}

impl Group {
    fn names(&self, agent: &str) -> bool {
        self.agents.iter().any(|named| named == agent)
    }

    /// The longest pause it asks an agent for.
    fn delay(&self, agent: &str) -> Option<Duration> {
        let at = self.agents.iter().position(|named| named == agent)?;
        let of_agent = self.delays.iter().filter(|(named, _)| at < *named);
        of_agent.map(|(_, delay)| *delay).max()
    }
}

impl RobotsTxt {
    /// Reads the bytes of a robots.txt, the first 500 KiB of them.
    pub fn read(bytes: &[u8]) -> Self {
        let cut = bytes.get(..LIMIT).filter(|read| read.len() < bytes.len());
        let text = decoded(cut.unwrap_or(bytes));
        let text = if cut.is_some() {
            whole_lines(&text)
        } else {
            &text
        };
        let mut reader = Reader::default();
        for (number, line) in lines(text) {
            reader.line(number, line);
        }
        reader.read
    }

    /// Reads a robots.txt from what may be endless.
    pub fn read_from(source: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        // One byte more than is read: the last line is then known to be cut.
        source.take(LIMIT as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Self::read(&bytes))
    }

    /// What it says to an agent of an address: the longest rule decides, of two as long the one that allows.
    ///
    /// The groups that name the agent's product token count, all of them; those of `*` where none does (2.2.1).
    pub fn decide(&self, agent: &str, url: &Url) -> Decision<'_> {
        let name = self.name(agent);
        let target = Target::new(url);
        let rules = self.groups(&name).flat_map(|group| &group.rules);
        // robots.txt itself may always be requested (2.2.2).
        let rule = rules
            .filter(|rule| url.path() != "/robots.txt" && rule.pattern.fits(&target))
            .max_by_key(|rule| (rule.pattern.octets(), rule.allows, Reverse(rule.line)));
        Decision {
            allowed: rule.is_none_or(|rule| rule.allows),
            rule,
            crawl_delay: self.crawl_delay(agent),
        }
    }

    /// The pause that it asks an agent for, as it is stated; of several the longest.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        let name = self.name(agent);
        self.groups(&name)
            .filter_map(|group| group.delay(&name))
            .max()
    }

    /// The sitemaps that it names, as they are written.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// The name under which an agent is spoken to.
    fn name(&self, agent: &str) -> String {
        let token = token(agent.as_bytes());
        let named = self.groups.iter().any(|group| group.names(&token));
        if named { token } else { EVERYBODY.to_owned() }
    }

    fn groups<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Group> {
        self.groups.iter().filter(move |group| group.names(name))
    }
}

/// What a file is read into, line by line.
#[derive(Default)]
struct Reader {
    read: RobotsTxt,
    /// Whether the last group has begun its rules: the next agent then begins another.
    ruled: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &[u8]) {
        let Some((field, value)) = field(line) else {
            return;
        };
        match field {
            Field::Agent => self.agent(value),
            Field::Allow => self.rule(number, true, value),
            Field::Disallow => self.rule(number, false, value),
            Field::CrawlDelay => self.delay(value),
            Field::Sitemap if value.is_empty() => {}
            Field::Sitemap => self.read.sitemaps.push(shown(value)),
        }
    }

    fn agent(&mut self, value: &[u8]) {
        if self.ruled || self.read.groups.is_empty() {
            self.read.groups.push(Group::default());
        }
        self.ruled = false;
        let name = match value {
            [b'*'] | [b'*', b' ' | b'\t', ..] => EVERYBODY.to_owned(),
            named => token(named),
        };
        if let Some(group) = self.read.groups.last_mut() {
            group
                .agents
                .extend(Some(name).filter(|name| !name.is_empty()));
        }
    }

    /// A rule of nobody's is no rule; an empty one forbids and allows nothing.
    fn rule(&mut self, line: usize, allows: bool, path: &[u8]) {
        let Some(group) = self.read.groups.last_mut() else {
            return;
        };
        self.ruled = true;
        if !path.is_empty() {
            group.rules.push(Rule {
                line,
                allows,
                path: shown(path),
                pattern: Pattern::new(path),
            });
        }
    }

    fn delay(&mut self, value: &[u8]) {
        let seconds = str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse().ok());
        // What no duration can be (negative, endless, no number) is not asked for.
        let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        if let (Some(group), Some(delay)) = (self.read.groups.last_mut(), delay) {
            group.delays.push((group.agents.len(), delay));
        }
    }
}

/// The kinds of lines that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Agent,
    Allow,
    Disallow,
    CrawlDelay,
    Sitemap,
}

impl Field {
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_slice() {
            b"user-agent" | b"useragent" | b"user agent" => Self::Agent,
            b"allow" => Self::Allow,
            b"disallow" | b"dissallow" | b"dissalow" | b"disalow" | b"diasllow" | b"disallaw" => {
                Self::Disallow
            }
            b"crawl-delay" | b"crawl delay" => Self::CrawlDelay,
            b"sitemap" | b"site-map" => Self::Sitemap,
            _ => return None,
        })
    }
}

/// The field and the value of a line, without its comment.
fn field(line: &[u8]) -> Option<(Field, &[u8])> {
    let end = memchr::memchr(b'#', line).unwrap_or(line.len());
    let line = line.get(..end)?.trim_ascii();
    let (name, value) = parted(line, |byte| byte == b':').unwrap_or((line, b""));
    if let Some(field) = Field::named(name) {
        return Some((field, value));
    }
    // The colon is missing, unless more than one word follows: that is prose.
    let (name, value) = parted(line, |byte| matches!(byte, b' ' | b'\t'))?;
    let one = parted(value, |byte| byte.is_ascii_whitespace()).is_none();
    Field::named(name)
        .filter(|_| one)
        .map(|field| (field, value))
}

/// What stands before and after a separator, without the blanks around them.
fn parted(line: &[u8], separates: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| separates(*byte))?;
    let (before, after) = line.split_at(at);
    Some((before.trim_ascii(), after.get(1..)?.trim_ascii()))
}

/// The product token that a name begins with, in lower case: `Moisson/0.1 (+https://…)` is `moisson`. Digits count too,
/// beyond the grammar: some agents have them.
fn token(name: &[u8]) -> String {
    let of_token = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let token = name.iter().take_while(of_token);
    token
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

/// Text for people: nothing in it moves a cursor.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace(char::is_control, "\u{FFFD}")
}

/// Text without the line that the limit cuts: half a rule is another rule.
fn whole_lines(text: &[u8]) -> &[u8] {
    let end = memchr::memrchr2(b'\n', b'\r', text).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

/// The bytes as UTF-8 without a byte order mark; what is neither UTF-8 nor marked as UTF-16 stays as it is.
fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => Cow::Borrowed(text),
        [0xFF, 0xFE, text @ ..] => wide(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => wide(text, u16::from_be_bytes),
        text => Cow::Borrowed(text),
    }
}

/// Lines with their numbers, ended by CR, LF or both.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = Some(text);
    let line = move || {
        let text = rest?;
        let end = memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len());
        let (line, after) = text.split_at(end);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..));
        Some(line)
    };
    (1..).zip(std::iter::from_fn(line))
}
