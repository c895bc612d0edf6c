//! Turns, in time that stands still but for them.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Host, Hosts, Manners, STRETCH, Turn};
use crate::failure::Trouble;
use crate::kept::HostState;
use crate::progress::{Progress, Reason};
use crate::testing::Memory;

const DELAY: Duration = Duration::from_secs(5);
const ONE: Manners = Manners {
    delay: DELAY,
    concurrency: 1,
};

async fn turn(host: &Arc<Host>, memory: &Memory) -> Turn {
    host.turn(ONE, memory).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn turns_of_a_host_follow_each_other_with_a_rest_and_hosts_do_not_wait_for_each_other() {
    let (hosts, memory) = (Hosts::default(), Memory::default());
    let start = Instant::now();
    let first = turn(&hosts.get("a.example"), &memory).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop(first);
    let second = turn(&hosts.get("a.example"), &memory).await;
    assert_eq!(start.elapsed().as_secs(), 7);
    drop(turn(&hosts.get("b.example"), &memory).await);
    assert_eq!(start.elapsed().as_secs(), 7);
    second.rest_for(Duration::from_mins(1), Reason::RetryAfter);
    drop(second);
    let third = turn(&hosts.get("a.example"), &memory).await;
    assert_eq!(start.elapsed().as_secs(), 67);
    assert_eq!(third.waited.as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn several_at_a_time_start_with_the_delay_between_them() {
    let (hosts, memory) = (Hosts::default(), Memory::default());
    let host = hosts.get("a.example");
    let two = Manners {
        delay: Duration::from_millis(500),
        concurrency: 2,
    };
    let start = Instant::now();
    let _first = host.turn(two, &memory).await.unwrap();
    let second = host.turn(two, &memory).await.unwrap();
    assert_eq!(start.elapsed().as_millis(), 500);
    let third = host.turn(two, &memory);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), third)
            .await
            .is_err(),
        "two are under way"
    );
    drop(second);
    drop(host.turn(two, &memory).await.unwrap());
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_operator_stops() {
    let hosts = Hosts::default();
    let host = hosts.get("a.example");
    drop(turn(&host, &Memory::default()).await);
    let stopping = Memory {
        stop_after: Some(0),
        ..Memory::default()
    };
    let start = Instant::now();
    assert!(host.turn(ONE, &stopping).await.is_err());
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn an_overloaded_host_is_slower_for_everybody() {
    let (hosts, memory) = (Hosts::default(), Memory::default());
    let host = hosts.get("a.example");
    let first = turn(&host, &memory).await;
    first.met(Trouble::Overload, Duration::from_secs(3));
    first.went_wrong(&memory);
    let start = Instant::now();
    drop(turn(&host, &memory).await);
    assert_eq!(start.elapsed().as_secs(), 8);
    let told = memory.told.lock().unwrap();
    assert!(told.iter().any(|progress| matches!(
        progress,
        Progress::Wait {
            reason: Reason::SlowedDown,
            ..
        }
    )));
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_pages_fail_is_left_alone_and_said_to_be() {
    let (hosts, memory) = (Hosts::default(), Memory::default());
    let host = hosts.get("a.example");
    for _ in 0..5 {
        turn(&host, &memory).await.went_wrong(&memory);
    }
    let failure = host.turn(ONE, &memory).await.err().unwrap();
    assert_eq!(failure.circuit.as_deref(), Some("a.example"));
    assert!(matches!(
        memory.told.lock().unwrap().last(),
        Some(Progress::Circuit { .. })
    ));
    tokio::time::advance(Duration::from_mins(5)).await;
    turn(&host, &memory).await.went_well();
    drop(turn(&host, &memory).await);
}

#[tokio::test(start_paused = true)]
async fn a_host_goes_from_process_to_process_with_its_rest_and_its_health() {
    let memory = Memory::default();
    let (one, other) = (Hosts::default(), Hosts::default());
    let first = turn(&one.get("a.example"), &memory).await;
    first.met(Trouble::Overload, Duration::from_secs(3));
    drop(first);
    let waiting = other.get("a.example");
    let wait = waiting.turn(ONE, &memory);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), wait)
            .await
            .is_err(),
        "the first has it"
    );
    one.give_back(&memory);
    let start = Instant::now();
    drop(turn(&other.get("a.example"), &memory).await);
    assert_eq!(
        start.elapsed().as_secs(),
        7,
        "eight seconds less the one that passed"
    );
    other.give_back(&memory);
    let state = memory.hosts.lock().unwrap().get("a.example").unwrap().1;
    assert_eq!(
        state,
        HostState {
            rest: Duration::from_secs(8),
            slow: Duration::from_secs(3),
            ..HostState::default()
        }
    );
}

#[tokio::test(start_paused = true)]
async fn a_host_in_use_is_given_back_now_and_then() {
    let memory = Memory::default();
    let hosts = Hosts::default();
    let host = hosts.get("a.example");
    let fast = Manners {
        delay: Duration::from_millis(10),
        concurrency: 1,
    };
    let start = Instant::now();
    while start.elapsed() < STRETCH * 3 {
        let turn = host.turn(fast, &memory).await.unwrap();
        tokio::time::sleep(Duration::from_millis(40)).await;
        turn.went_well();
    }
    let given = *memory.given.lock().unwrap();
    assert!((2..=3).contains(&given), "{given}");
}
