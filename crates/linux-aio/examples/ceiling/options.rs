//! What the command line asks for.

use std::error::Error;

pub struct Options {
    pub path: String,
    pub size: Option<u64>,
    /// Of each thread.
    pub depth: usize,
    pub threads: usize,
    pub block: usize,
    pub batch: usize,
    pub min_events: usize,
    pub ring: bool,
    pub seconds: f64,
    pub warmup: f64,
    pub seed: u32,
    pub verify: Option<usize>,
    pub write: bool,
    pub sequential: bool,
    pub json: bool,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            path: String::new(),
            size: None,
            depth: 32,
            threads: 1,
            block: 4096,
            batch: 0,
            min_events: 1,
            ring: true,
            seconds: 2.0,
            warmup: 0.5,
            seed: 1,
            verify: None,
            write: false,
            sequential: false,
            json: false,
        };
        while let Some(name) = arguments.next() {
            let flag = match name.as_str() {
                "--json" => Some(&mut options.json),
                "--write" => Some(&mut options.write),
                "--sequential" => Some(&mut options.sequential),
                _ => None,
            };
            if let Some(flag) = flag {
                *flag = true;
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--path" => options.path = value,
                "--size" => options.size = Some(value.parse()?),
                "--depth" => options.depth = value.parse()?,
                "--threads" => options.threads = value.parse()?,
                "--block" => options.block = value.parse()?,
                "--batch" => options.batch = value.parse()?,
                "--min-events" => options.min_events = value.parse()?,
                "--reap" if value == "ring" || value == "syscall" => options.ring = value == "ring",
                "--seconds" => options.seconds = value.parse()?,
                "--warmup" => options.warmup = value.parse()?,
                "--seed" => options.seed = value.parse()?,
                "--verify" => options.verify = Some(value.parse()?),
                _ => return Err(format!("unknown option: {name} {value}").into()),
            }
        }
        options.checked()
    }

    fn checked(mut self) -> Result<Self, Box<dyn Error>> {
        if self.path.is_empty() {
            return Err("--path is missing".into());
        }
        if !(1..=4096).contains(&self.depth) || self.min_events == 0 || self.block == 0 {
            return Err("--depth must be 1 to 4096, --min-events and --block at least 1".into());
        }
        if self.threads == 0 || !self.depth.is_multiple_of(self.threads) {
            return Err("--threads must divide --depth".into());
        }
        if self.threads > 1 && self.sequential {
            return Err("--sequential has one thread".into());
        }
        // One thread's share.
        self.depth /= self.threads;
        self.min_events = self.min_events.min(self.depth);
        if self.batch == 0 {
            self.batch = self.depth;
        }
        Ok(self)
    }
}
