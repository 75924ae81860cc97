//! What a file must hold, what is under way on it, and what each operation may answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use linux_aio::buffer::Slab;
use linux_aio::operation::{Memory, Operation, Segment, Segments};
use linux_aio::pool::Pool;
use linux_aio::queue::Completion;

use super::random::Random;
use super::witness::Witness;
use super::{BLOCK, memory};

/// In memory that an operation has not touched.
const CANARY: u8 = 0xc5;
/// Blocks of the slab that operations share.
const SHARED: usize = 256;

/// What an operation is for the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Read,
    /// With the bytes that it writes.
    Write(Vec<u8>),
    Sync,
    /// Settles with this result and touches neither file nor memory.
    Refused(i64),
}

/// Where an operation's memory is.
#[derive(Debug)]
enum Place {
    Nowhere,
    /// In the operation.
    Own,
    /// A slab that the operation alone holds.
    Alone(Weak<Slab>),
    /// Blocks of the shared slab.
    Shared(Vec<usize>),
}

#[derive(Debug)]
struct Pending {
    kind: Kind,
    blocks: std::ops::Range<usize>,
    place: Place,
    on_file: bool,
    withdrawn: bool,
    /// Results besides success that this one may have.
    tolerated: Vec<i64>,
}

/// An operation to be made.
#[derive(Debug)]
pub struct Plan {
    pub kind: Kind,
    /// Of the file.
    pub blocks: std::ops::Range<usize>,
    pub tolerated: Vec<i64>,
}

/// The model of one file and of the memory that is read into.
#[derive(Debug)]
pub struct Model {
    pub content: Vec<u8>,
    /// For each block: operations that read it, or -1 while one writes it.
    busy: Vec<i32>,
    pub slab: Arc<Slab>,
    idle: Vec<usize>,
    pool: Pool,
    pending: BTreeMap<u32, Pending>,
}

impl Model {
    pub fn new(content: Vec<u8>, pool: Pool) -> Self {
        let busy = vec![0; content.len() / BLOCK];
        Self { content, busy, slab: memory::slab(SHARED), idle: (0..SHARED).collect(), pool, pending: BTreeMap::new() }
    }

    /// Operations that have not settled.
    pub fn outstanding(&self) -> usize {
        self.pending.len()
    }

    /// One of them.
    pub fn any(&self, random: &mut Random) -> Option<u32> {
        let index = random.below(self.pending.len().max(1));
        self.pending.keys().nth(index).copied()
    }

    /// Whether `kind` on `blocks` is independent of all that is under way.
    pub fn admits(&self, plan: &Plan) -> bool {
        let free = |worst: i32| self.busy[plan.blocks.clone()].iter().all(|&busy| busy >= 0 && busy <= worst);
        match plan.kind {
            Kind::Read => free(i32::MAX),
            Kind::Write(_) => free(0),
            Kind::Sync | Kind::Refused(_) => true,
        }
    }

    /// Memory for `blocks` blocks, holding `bytes` or canaries; none where all is in use.
    fn memory(&mut self, blocks: usize, bytes: Option<&[u8]>, random: &mut Random) -> Option<(Memory, Place)> {
        let canary = vec![CANARY; blocks * BLOCK];
        let bytes = bytes.unwrap_or(&canary);
        if blocks == 1 && random.chance(500) {
            let mut block = self.pool.acquire(BLOCK).ok()?;
            block.copy_from_slice(bytes);
            return Some((Memory::Block(block), Place::Own));
        }
        if random.chance(50) {
            let slab = memory::slab(blocks);
            memory::fill(&slab, 0, bytes);
            let place = Place::Alone(Arc::downgrade(&slab));
            return Some((Memory::Segment(Segment::new(slab, 0, blocks * BLOCK).unwrap()), place));
        }
        if self.idle.len() < blocks {
            return None;
        }
        let places: Vec<usize> = (0..blocks).map(|_| self.idle.swap_remove(random.below(self.idle.len()))).collect();
        for (&place, bytes) in places.iter().zip(bytes.chunks(BLOCK)) {
            memory::fill(&self.slab, place * BLOCK, bytes);
        }
        let segment = |place: &usize| Segment::new(Arc::clone(&self.slab), place * BLOCK, BLOCK).unwrap();
        let memory = match &places[..] {
            [place] => Memory::Segment(segment(place)),
            many => Memory::Segments(Segments::new(many.iter().map(segment).collect()).unwrap()),
        };
        Some((memory, Place::Shared(places)))
    }

    /// That memory is held by operations that have not settled, and by nobody else.
    pub fn check(&self) {
        let mut shared = 1;
        for (slot, pending) in &self.pending {
            match &pending.place {
                Place::Alone(slab) => assert_eq!(slab.strong_count(), 1, "slot {slot} does not hold its memory"),
                Place::Shared(places) => shared += places.len(),
                Place::Nowhere | Place::Own => (),
            }
        }
        assert_eq!(Arc::strong_count(&self.slab), shared, "who holds the shared slab");
    }

    /// Operations under way that have a file.
    pub fn on_files(&self) -> usize {
        self.pending.values().filter(|pending| pending.on_file).count()
    }

    /// Begins an operation in `slot` that [`Model::admits`]: `make` gets its memory. None where
    /// memory is short.
    pub fn begin(
        &mut self,
        slot: u32,
        plan: Plan,
        random: &mut Random,
        make: impl FnOnce(Memory) -> Operation,
    ) -> Option<Operation> {
        let Plan { kind, blocks, tolerated } = plan;
        let bytes = if let Kind::Write(bytes) = &kind { Some(&bytes[..]) } else { None };
        let (memory, place) =
            if blocks.is_empty() { (Memory::None, Place::Nowhere) } else { self.memory(blocks.len(), bytes, random)? };
        for busy in &mut self.busy[blocks.clone()] {
            match kind {
                Kind::Read => *busy += 1,
                Kind::Write(_) => *busy = -1,
                Kind::Sync | Kind::Refused(_) => (),
            }
        }
        let operation = make(memory);
        self.pending.insert(slot, Pending { kind, blocks, place, on_file: true, withdrawn: false, tolerated });
        Some(operation)
    }

    /// Notes an operation that settles with `result` and never was one.
    pub fn refuse(&mut self, slot: u32, result: i64) {
        let kind = Kind::Refused(result);
        let (place, tolerated) = (Place::Nowhere, Vec::new());
        self.pending.insert(slot, Pending { kind, blocks: 0..0, place, on_file: false, withdrawn: false, tolerated });
    }

    /// Notes that the operation was taken back before the kernel saw it.
    pub fn withdraw(&mut self, slot: u32) {
        self.pending.get_mut(&slot).unwrap().withdrawn = true;
    }

    /// Takes one completion: that it is due, once, and tells the truth.
    pub fn settle(&mut self, done: Completion, kernel: &impl Witness) {
        let Completion { slot, result, operation } = done;
        let pending = self.pending.remove(&slot).unwrap_or_else(|| panic!("slot {slot} settled twice"));
        let vouched = pending.on_file && kernel.settles(slot, result);
        let length = pending.blocks.len() * BLOCK;
        let moved = self.judge(&pending, result, length, vouched);
        let bytes = self.take_memory(&pending.place, operation, kernel);
        let start = pending.blocks.start * BLOCK;
        for busy in &mut self.busy[pending.blocks.clone()] {
            match pending.kind {
                Kind::Read => *busy -= 1,
                Kind::Write(_) => *busy = 0,
                Kind::Sync | Kind::Refused(_) => (),
            }
        }
        if let Kind::Write(written) = pending.kind {
            assert!(bytes == written, "a write changes no memory");
            self.content[start..start + moved].copy_from_slice(&written[..moved]);
            return;
        }
        assert!(bytes[..moved] == self.content[start..start + moved], "blocks {:?}", pending.blocks);
        // What a real disk leaves in memory where it fails is its own affair.
        if vouched || pending.withdrawn || pending.kind != Kind::Read {
            assert!(bytes[moved..].iter().all(|&byte| byte == CANARY), "memory that nothing was to be read into");
        }
    }

    /// The bytes that it has moved; panics at a result that it cannot have.
    fn judge(&self, pending: &Pending, result: i64, length: usize, vouched: bool) -> usize {
        let wanted = match pending.kind {
            _ if pending.withdrawn => -i64::from(libc::ECANCELED),
            Kind::Read | Kind::Write(_) => length as i64,
            Kind::Sync => 0,
            Kind::Refused(result) => result,
        };
        let tolerated = vouched || pending.tolerated.contains(&result);
        let passed = result == wanted || (!pending.withdrawn && tolerated);
        assert!(passed, "{result} rather than {wanted} of {:?} {:?}", pending.kind, pending.blocks);
        let moved = usize::try_from(result).unwrap_or(0);
        assert!(moved <= length && moved.is_multiple_of(BLOCK));
        moved
    }

    /// The bytes of an operation's memory, which is free again.
    fn take_memory(&mut self, place: &Place, operation: Option<Operation>, kernel: &impl Witness) -> Vec<u8> {
        let of = |slab: &Slab, offset: usize, length: usize| {
            kernel.released(slab.address().as_ptr() as usize + offset, length);
            memory::range(slab, offset, length)
        };
        match place {
            Place::Nowhere => Vec::new(),
            Place::Own => match operation.map(Operation::into_memory) {
                Some(Memory::Block(block)) => {
                    kernel.released(block.as_ptr() as usize, block.len());
                    block.to_vec()
                }
                other => panic!("a block went in and {other:?} came out"),
            },
            Place::Alone(weak) => {
                let slab = weak.upgrade().expect("an operation comes back with its memory");
                drop(operation);
                assert_eq!(Arc::strong_count(&slab), 1, "and nobody else has it");
                of(&slab, 0, slab.len())
            }
            Place::Shared(places) => {
                self.idle.extend(places);
                places.iter().map(|place| of(&self.slab, place * BLOCK, BLOCK)).collect::<Vec<_>>().concat()
            }
        }
    }
}
