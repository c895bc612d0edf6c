//! A file of others, asked by address: read once to its end, then wherever an answer stands.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use moisson_model::{Capture, Digest, Request};

use super::records::{Position, Records};
use super::{Recorded, Recording};
use crate::Error;

/// Where the answers of a file stand.
pub struct Index {
    /// Reads a record again, and knows where the bodies are that revisits refer to.
    recording: Mutex<Recording>,
    places: BTreeMap<Digest, Place>,
}

/// Where an answer stands, and what it answered.
struct Place {
    response: Position,
    request: Option<Request>,
}

impl Index {
    /// Reads a file to its end. `normal` gives an address the form in which it will be asked for; what is wrong with
    /// the file is told apart from what is in it.
    pub fn read(
        path: &Path,
        cap: u64,
        normal: impl Fn(&str) -> String,
    ) -> Result<(Self, Vec<Error>), Error> {
        let mut recording = Recording::open(path, cap)?;
        let (mut places, mut faults) = (BTreeMap::new(), Vec::new());
        for recorded in recording.by_ref() {
            match recorded {
                Ok(recorded) => _ = places.insert(key_of(&recorded, &normal), place(recorded)),
                Err(fault) => faults.push(fault),
            }
        }
        let recording = Mutex::new(recording);
        Ok((Self { recording, places }, faults))
    }

    /// How many answers it has.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The newest answer to a request, and what was sent for it where that was recorded.
    pub fn answer(
        &self,
        method: &str,
        url: &str,
        body: &[u8],
    ) -> Result<Option<(Option<Request>, Capture)>, Error> {
        let Some(place) = self.places.get(&key(method, url, body)) else {
            return Ok(None);
        };
        let mut recording = self
            .recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let read = Records::at(&recording.path, place.response, recording.cap);
        let record = read.map_err(|fault| recording.fault(place.response, fault))?;
        let capture = recording.capture(&record);
        let capture = capture.map_err(|what| recording.fault(place.response, what))?;
        Ok(Some((place.request.clone(), capture)))
    }
}

fn place(recorded: Recorded) -> Place {
    let Recorded {
        position, request, ..
    } = recorded;
    Place {
        response: position,
        request,
    }
}

/// What a recorded answer is asked by: where its request was not recorded, it was a GET.
fn key_of(recorded: &Recorded, normal: impl Fn(&str) -> String) -> Digest {
    let url = normal(&recorded.capture.url);
    match &recorded.request {
        Some(request) => key(&request.method, &url, &request.body),
        None => key("GET", &url, b""),
    }
}

fn key(method: &str, url: &str, body: &[u8]) -> Digest {
    Digest::of_parts([method, url, &Digest::of(body).to_string()])
}
