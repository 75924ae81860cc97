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

#[test]
fn a_turn_goes_on_while_nobody_else_wants_it_but_not_for_ever() {
    let mut budget = TurnBudget::new(Duration::from_millis(2));
    assert!(budget.allows());
    for _ in 0..8 {
        sleep(Duration::from_millis(3));
        assert!(!budget.allows());
        assert!(budget.extends(|| false));
        assert!(!budget.left().is_zero());
    }
    sleep(Duration::from_millis(3));
    assert!(!budget.extends(|| panic!("nobody is asked any more")));
    budget.turn();
    sleep(Duration::from_millis(3));
    assert!(budget.allows(), "the first look starts the clock");
    assert!(!budget.extends(|| true));
    assert!(budget.extends(|| false));
}
