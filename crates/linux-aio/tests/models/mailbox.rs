//! Letters from helpers to a queue: none is lost, none comes twice, and whoever waits is told.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc as Shared, OnceLock};

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::explore;
use crate::mailbox::{Finished, Mailbox};
use crate::notifier::Notifier;
use crate::operation::Operation;

/// A letter that says which slot it is of.
fn letter(slot: u32) -> Finished {
    static DESCRIPTOR: OnceLock<Shared<OwnedFd>> = OnceLock::new();
    let descriptor = DESCRIPTOR.get_or_init(|| Shared::new(io::pipe().unwrap().0.into()));
    Finished { slot, result: 0, operation: Operation::poll(Shared::clone(descriptor), 0), joined: false }
}

fn take_all(mailbox: &Mailbox, slots: &mut Vec<u32>) {
    while let Some(finished) = mailbox.take() {
        slots.push(finished.slot);
    }
}

#[test]
fn who_waits_gets_every_letter_once() {
    explore(3, || {
        let mailbox = Arc::new(Mailbox::new(None));
        let senders = [0, 1].map(|slot| {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || mailbox.put(letter(slot)))
        });
        let mut slots = Vec::new();
        while slots.len() < 2 {
            mailbox.wait(None);
            take_all(&mailbox, &mut slots);
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        slots.sort_unstable();
        assert_eq!(slots, [0, 1]);
        assert!(mailbox.is_empty(), "it says that there is something, for ever");
    });
}

#[test]
fn after_a_letter_that_was_not_seen_the_notifier_is_set() {
    explore(3, || {
        let flag = Arc::new(AtomicBool::new(false));
        let mailbox = Arc::new(Mailbox::new(Some(Notifier::Flag(Arc::clone(&flag)))));
        let senders = [0, 1].map(|slot| {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || mailbox.put(letter(slot)))
        });
        let mut slots = Vec::new();
        // As an event loop does: first the eventfd is emptied, then the mailbox.
        for _ in 0..2 {
            if flag.swap(false, Ordering::AcqRel) {
                take_all(&mailbox, &mut slots);
            }
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        // Not a load: loom would let it see what the last exchange has overwritten.
        assert!(slots.len() == 2 || flag.swap(false, Ordering::AcqRel), "asleep, with a letter");
        take_all(&mailbox, &mut slots);
        slots.sort_unstable();
        assert_eq!(slots, [0, 1]);
    });
}

#[test]
fn a_look_without_the_lock_misses_nothing_that_was_put_before() {
    explore(3, || {
        let mailbox = Arc::new(Mailbox::new(None));
        mailbox.put(letter(0));
        let sender = {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || mailbox.put(letter(1)))
        };
        assert!(!mailbox.is_empty() && mailbox.take().is_some());
        sender.join().unwrap();
        assert!(!mailbox.is_empty() && mailbox.take().is_some());
        assert!(mailbox.is_empty() && mailbox.take().is_none());
    });
}
