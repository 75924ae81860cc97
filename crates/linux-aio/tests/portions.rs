//! How many completions go up at once, and when all of them.

use linux_aio::portions::{Portions, portion_of};

#[test]
fn a_portion_is_a_part_of_what_is_under_way() {
    let portions = [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (8, 4), (32, 4), (40, 5), (128, 16), (4096, 512)];
    for (outstanding, portion) in portions {
        assert_eq!(portion_of(outstanding), portion, "{outstanding} under way");
    }
}

#[test]
fn portions_that_lead_to_nothing_are_not_tried_again_for_a_while() {
    let mut portions = Portions::default();
    assert!((0..100).all(|_| portions.begin()));
    for _ in 0..3 {
        portions.led_to_nothing();
        assert!((0..15).all(|_| !portions.begin()));
        assert!(portions.begin());
    }
    assert!(portions.begin());
}
