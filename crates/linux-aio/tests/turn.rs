//! The bound on what one turn of an event loop spends on completions that came inside submit.

use std::thread::sleep;
use std::time::Duration;

use linux_aio::turn::TurnBudget;

#[test]
fn a_turn_has_its_limit_and_the_next_one_its_own() {
    let mut budget = TurnBudget::new(Duration::from_millis(20));
    sleep(Duration::from_millis(30));
    assert!(budget.allows(), "the first look starts the clock, not the construction");
    sleep(Duration::from_millis(30));
    assert!(!budget.allows());
    assert!(!budget.allows(), "looking again does not help");
    budget.turn();
    assert!(budget.allows());
}

#[test]
fn no_time_allows_nothing_and_a_long_time_goes_on() {
    assert!(!TurnBudget::new(Duration::ZERO).allows());
    let mut budget = TurnBudget::new(Duration::from_secs(3600));
    assert!((0..1000).all(|_| budget.allows()));
}
