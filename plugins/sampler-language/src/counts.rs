//! Running totals of lists over blocks, in 32 bits where they fit.

/// For each list, how many items stand before each block, and after them the total.
#[derive(Debug)]
pub struct Counts {
    /// Totals of a list.
    each: usize,
    totals: Totals,
}

#[derive(Debug)]
enum Totals {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Counts {
    /// Bytes that a total takes where none exceeds `most`.
    pub fn width(most: u64) -> usize {
        match u32::try_from(most) {
            Ok(_) => size_of::<u32>(),
            Err(_) => size_of::<u64>(),
        }
    }

    /// Zeros: `each` totals for each of `lists` lists, where none will exceed `most`.
    pub fn new(most: u64, lists: usize, each: usize) -> Self {
        let totals = match u32::try_from(most) {
            Ok(_) => Totals::Narrow(vec![0; lists * each]),
            Err(_) => Totals::Wide(vec![0; lists * each]),
        };
        Self { each, totals }
    }

    /// Notes the totals of all lists before a block.
    pub fn put(&mut self, block: usize, before: &[u64]) {
        for (list, total) in before.iter().enumerate() {
            let at = list * self.each + block;
            match &mut self.totals {
                Totals::Narrow(totals) => totals[at] = *total as u32,
                Totals::Wide(totals) => totals[at] = *total,
            }
        }
    }

    /// The total of a list.
    pub fn total(&self, list: usize) -> u64 {
        self.get(list, self.each - 1)
    }

    /// The block in which item `n` of a list stands, how many stand before it, and how many in it.
    pub fn block(&self, list: usize, n: u64) -> (usize, u64, u64) {
        let of_list = list * self.each..(list + 1) * self.each;
        let not_after = match &self.totals {
            Totals::Narrow(totals) => totals[of_list].partition_point(|t| u64::from(*t) <= n),
            Totals::Wide(totals) => totals[of_list].partition_point(|total| *total <= n),
        };
        // The first total is 0, so that one is not after any item; past the last item there is no block.
        let block = not_after.saturating_sub(1).min(self.each.saturating_sub(2));
        let before = self.get(list, block);
        (block, before, self.get(list, block + 1) - before)
    }

    fn get(&self, list: usize, block: usize) -> u64 {
        match &self.totals {
            Totals::Narrow(totals) => u64::from(totals[list * self.each + block]),
            Totals::Wide(totals) => totals[list * self.each + block],
        }
    }
}
