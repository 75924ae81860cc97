//! How much each device may have in flight.

/// Operations in flight by device. What exceeds a device's own queue would sleep inside io_submit.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    /// Few: one for each device that the queue's files are on.
    lanes: Vec<Lane>,
}

#[derive(Debug)]
struct Lane {
    device: u64,
    most: usize,
    in_flight: usize,
}

impl Lanes {
    /// The lane of a device that holds `most` requests; none: as many as there are.
    pub(crate) fn of(&mut self, device: u64, most: Option<u32>) -> usize {
        if let Some(index) = self.lanes.iter().position(|lane| lane.device == device) {
            return index;
        }
        let most = most.map_or(usize::MAX, |most| most.max(1) as usize);
        self.lanes.push(Lane { device, most, in_flight: 0 });
        self.lanes.len() - 1
    }

    pub(crate) fn room(&self, lane: usize) -> usize {
        self.lanes.get(lane).map_or(usize::MAX, |lane| lane.most.saturating_sub(lane.in_flight))
    }

    pub(crate) fn enter(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.in_flight += 1;
        }
    }

    pub(crate) fn leave(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.in_flight -= 1;
        }
    }
}
