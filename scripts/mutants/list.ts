/** Edits of the core's sources, each of which some test has to notice. */
export interface Mutant {
  readonly name: string;
  /** Below `crates/linux-aio/src`. */
  readonly file: string;
  /** What is there once, and what takes its place. */
  readonly from: string;
  readonly to: string;
  /** Who has to notice it: models of threads, what helpers do on the running kernel, or else schedules of a simulated one. */
  readonly noticedBy?: 'models' | 'helpers';
}

export const MUTANTS: readonly Mutant[] = [
  { name: 'a refused NOWAIT never repeated', file: 'flight.rs', from: 'self.refused.push(slot);', to: '' },
  {
    name: 'a NOWAIT that was refused settles with EAGAIN',
    file: 'flight.rs',
    from: 'if event.result == AGAIN {',
    to: 'if false {',
  },
  {
    name: 'a lane never left',
    file: 'flight.rs',
    from: '        self.lanes.leave(lane);\n        self.stats.completed',
    to: '        self.stats.completed',
  },
  {
    name: 'the lane of what was not taken is never left',
    file: 'queue/pump.rs',
    from: 'self.flight.leave(self.gathered[index]);',
    to: 'let _ = index;',
  },
  {
    name: 'a device takes one too many',
    file: 'lanes.rs',
    from: 'lane.most.saturating_sub(lane.in_flight)',
    to: '(lane.most + 1).saturating_sub(lane.in_flight)',
  },
  {
    name: 'the depth is one too many',
    file: 'queue/pump.rs',
    from: '(self.options.depth as usize).saturating_sub',
    to: '(self.options.depth as usize + 1).saturating_sub',
  },
  { name: 'a write that never ends', file: 'flight.rs', from: '            history.written.ends();', to: '' },
  {
    name: 'what waits is taken twice',
    file: 'queue/pump.rs',
    from: 'self.waiting.advance(accepted);',
    to: 'self.waiting.advance(accepted - 1);',
  },
  {
    name: 'what waits is passed over',
    file: 'queue/pump.rs',
    from: 'self.waiting.advance(accepted);',
    to: 'self.waiting.advance(accepted + 1);',
  },
  {
    name: 'reads of all runs go one way',
    file: 'queue/pump.rs',
    from: 'last.run == Some(operation.run_of())',
    to: 'last.run.is_some()',
    noticedBy: 'helpers',
  },
  {
    name: 'a short submit counts as whole',
    file: 'queue/pump.rs',
    from: 'self.flight.take_off(accepted);',
    to: 'self.flight.take_off(wanted);',
  },
  {
    name: 'a refusal for now is final',
    file: 'queue/pump.rs',
    from: 'let again = matches!(errno.0, libc::EAGAIN | libc::ENOMEM | libc::EINTR);',
    to: 'let again = matches!(errno.0, libc::ENOMEM | libc::EINTR);',
  },
  {
    name: 'a file that does not know NOWAIT is refused for it',
    file: 'queue/pump.rs',
    from: 'if errno.0 == libc::EOPNOTSUPP',
    to: 'if false',
  },
  {
    name: 'a refused operation is forgotten',
    file: 'queue/pump.rs',
    from: 'self.rejected.extend(first.map(|slot| (slot, errno)));',
    to: 'let _ = first;',
  },
  {
    name: 'refused operations are not announced',
    file: 'queue/pump.rs',
    from: '!self.rejected.is_empty()\n            ||',
    to: '',
  },
  {
    name: 'who waits with nothing in flight is not announced',
    file: 'queue/pump.rs',
    from: '(on || self.flight.len() == 0)',
    to: 'on',
  },
  {
    name: 'a failed fetch is not announced',
    file: 'queue/pump.rs',
    from: '(self.flight.submitted() > 0 && self.context.is_failing())',
    to: 'false',
  },
  { name: 'a reap ends with refusals', file: 'queue.rs', from: 'on = events > count - before;', to: 'on = false;' },
  {
    name: 'a slot is released twice',
    file: 'flight.rs',
    from: 'let Held { operation, lane, .. } = self.slots.release(slot)?;',
    to: 'let Held { operation, lane, .. } = self.slots.release(slot)?;\n        self.slots.release(slot)?;',
  },
  {
    name: 'a withdrawn operation waits on',
    file: 'waiting.rs',
    from: '*ticket = 0;\n        self.count -= 1;',
    to: 'self.count -= 1;',
  },
  {
    name: 'idle goes first',
    file: 'waiting.rs',
    from: 'self.bands.iter().flatten().filter(waits)',
    to: 'self.bands.iter().rev().flatten().filter(waits)',
  },
  {
    name: 'memory goes although io_destroy failed',
    file: 'queue.rs',
    from: 'self.flight.slots.leak();\n            return;',
    to: 'return;',
  },
  {
    name: 'memory goes before helpers are done',
    file: 'queue.rs',
    from: 'while self.flight.helped() > 0 {',
    to: 'while false {',
  },
  {
    name: 'a job that is dropped settles nothing',
    file: 'job.rs',
    from: 'self.send_back(Errno(libc::ECANCELED).as_result(), false);',
    to: '',
  },
  {
    name: 'iocbs move',
    file: 'slots.rs',
    from: 'held.then(|| self.iocbs[slot as usize].as_mut_ptr())',
    to: 'held.then(|| Box::leak(Box::new(self.iocbs[slot as usize])).as_mut_ptr())',
  },
  {
    name: 'who is handed an operation that never left keeps it in flight',
    file: 'flight.rs',
    from: '        let lane = self.slots.come_back(slot)?;\n        self.helped -= 1;',
    to: '        let lane = self.slots.come_back(slot)?;',
  },
  {
    name: 'events fetched but not handed on are dropped',
    file: 'context.rs',
    from: 'self.fetch(1, EVENTS_PER_CALL.min(limit), timeout);',
    to: 'self.fetch(1, EVENTS_PER_CALL, timeout);\n        self.end = self.end.min(limit);',
  },
  {
    name: 'a turn of submits has no end',
    file: 'queue/pump.rs',
    from: ' || now.duration_since(began) >= self.options.turn',
    to: '',
  },
  {
    name: 'a letter wakes nobody who waits',
    file: 'mailbox.rs',
    from: '        self.arrived.notify_one();\n',
    to: '',
    noticedBy: 'models',
  },
  {
    name: 'a letter does not signal',
    file: 'mailbox.rs',
    from: '            notifier.signal();\n',
    to: '            let _ = notifier;\n',
    noticedBy: 'models',
  },
  {
    name: 'a wait begins without a look',
    file: 'mailbox.rs',
    from: 'if !letters.is_empty() {',
    to: 'if false {',
    noticedBy: 'models',
  },
  {
    name: 'the count of letters stays',
    file: 'mailbox.rs',
    from: 'let finished = letters.pop_front();\n        self.count.store(letters.len(), Ordering::Release);',
    to: 'let finished = letters.pop_front();',
    noticedBy: 'models',
  },
  {
    name: 'an idle thread is not told',
    file: 'office.rs',
    from: '            self.arrived.notify_one();\n            return;\n',
    to: '            return;\n',
    noticedBy: 'models',
  },
  {
    name: 'a thread ends beside a job',
    file: 'office.rs',
    from: 'if desk.ready() == 0 {\n                desk.threads -= 1;',
    to: 'if over {\n                desk.threads -= 1;',
    noticedBy: 'models',
  },
  {
    name: 'one thread too many',
    file: 'office.rs',
    from: 'desk.threads >= self.staff.most',
    to: 'desk.threads > self.staff.most',
    noticedBy: 'models',
  },
  {
    name: 'writes that do not adjoin go together',
    file: 'adjoining.rs',
    from: 'next.offset() == self.end && ',
    to: '',
    noticedBy: 'helpers',
  },
  {
    name: 'writes of different manners go together',
    file: 'adjoining.rs',
    from: ' && first.manner() == next.manner()',
    to: '',
    noticedBy: 'helpers',
  },
  {
    name: 'no write has a part of what was written together',
    file: 'adjoining.rs',
    from: 'left.min(length)',
    to: 'length',
    noticedBy: 'helpers',
  },
  {
    name: 'more compute than may',
    file: 'office.rs',
    from: '            self.free_to_compute -= 1;\n',
    to: '',
    noticedBy: 'models',
  },
  {
    name: 'who has computed never may again',
    file: 'office.rs',
    from: '            desk.free_to_compute += usize::from(computes);\n',
    to: '',
    noticedBy: 'models',
  },
  {
    name: 'jobs of a file run beside each other',
    file: 'office.rs',
    from: '            if let Some(waiting) = self.busy.get_mut(&file) {\n',
    to: '            if let Some(waiting) = self.busy.get_mut(&file).filter(|_| false) {\n',
    noticedBy: 'models',
  },
  {
    name: 'the next job of a file is never begun',
    file: 'office.rs',
    from: '                desk.end(file);',
    to: '                let _ = file;',
    noticedBy: 'models',
  },
  {
    name: 'without a thread, jobs wait for ever',
    file: 'office.rs',
    from: 'drop(self.carry_out_all(desk));',
    to: 'drop(desk);',
    noticedBy: 'models',
  },
  {
    name: 'the ring is one place longer',
    file: 'ring.rs',
    from: 'reader.head + 1 == self.count { 0 }',
    to: 'reader.head == self.count { 0 }',
  },
];
