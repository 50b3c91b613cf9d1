//! Some rows, the anchors, against all rows of another matrix, the candidates.

use std::num::NonZeroUsize;

use super::product::{View, add_product};
use super::rows::{Compared, GradientSum};
use crate::error::{Error, Result};
use crate::host::Host;

/// Similarities held at once: 8 MiB of them, if a row is not longer.
const HELD: usize = 1 << 20;
/// Rows held at once, at the least and at the most.
const FEWEST: usize = 16;
const MOST: usize = 256;

/// So many similarities are worth a thread to judge them.
const WORTH_A_THREAD: usize = 1 << 14;

/// A walk through anchors, each with its similarities to all candidates.
pub struct Walk<'a> {
    /// The rows that anchors are among.
    pub anchors: &'a Compared,
    /// The rows that they are compared with, of the same dimension.
    pub candidates: &'a Compared,
    /// Which rows are anchors.
    pub which: &'a [u32],
    /// Says how many threads there are, and whether to stop.
    pub host: &'a Host,
}

/// The sums that slopes go into, where those gradients are wanted.
#[derive(Debug, Default)]
pub struct Sums<'a> {
    /// Those of the anchors' matrix.
    pub anchors: Option<&'a mut GradientSum>,
    /// Those of the candidates' matrix.
    pub candidates: Option<&'a mut GradientSum>,
}

impl Walk<'_> {
    /// Calls `judge` for every anchor with its place in `which` and its similarities to the candidates, which it
    /// overwrites with the slopes of the loss at them. Gives back what it said, in the order of the anchors.
    ///
    /// # Errors
    /// The first that `judge` gives, and once the host wants to stop.
    pub fn run<T: Send>(
        &self,
        sums: Sums<'_>,
        judge: impl Fn(usize, &mut [f64]) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        self.blocks(None, sums, |place, similarities, _| judge(place, similarities))
    }

    /// As [`Walk::run`], where `judge` also gets the similarities of the same anchor in `other` matrices, a teacher's,
    /// which have rows for the same texts. What it leaves there is not looked at.
    ///
    /// # Errors
    /// As [`Walk::run`].
    pub fn run_beside<T: Send>(
        &self,
        other: (&Compared, &Compared),
        sums: Sums<'_>,
        judge: impl Fn(usize, &mut [f64], &mut [f64]) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let fits = other.0.rows() == self.anchors.rows()
            && other.1.rows() == self.candidates.rows()
            && other.0.dim() == other.1.dim();
        if !fits {
            return Err(Error::invalid("the matrices beside each other are of other texts"));
        }
        self.blocks(Some(other), sums, judge)
    }

    fn blocks<T: Send>(
        &self,
        other: Option<(&Compared, &Compared)>,
        mut sums: Sums<'_>,
        judge: impl Fn(usize, &mut [f64], &mut [f64]) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let (dim, columns, threads) =
            (self.candidates.dim(), self.candidates.rows(), self.host.threads());
        let size = (HELD / columns.max(1)).clamp(FEWEST, MOST);
        let candidates = View::new(self.candidates.values(), dim);
        let mut said = Vec::with_capacity(self.which.len());
        for (number, block) in self.which.chunks(size).enumerate() {
            if self.host.cancelled() {
                return Err(Error::cancelled());
            }
            let rows = gather(self.anchors, block);
            let anchors = View::new(&rows, dim);
            let mut slopes = vec![0.0; block.len() * columns];
            add_product(&mut slopes, anchors, candidates.transposed(), threads);
            let mut beside = Vec::new();
            if let Some((anchors, candidates)) = other {
                beside.resize(slopes.len(), 0.0);
                let (rows, dim) = (gather(anchors, block), anchors.dim());
                let candidates = View::new(candidates.values(), dim).transposed();
                add_product(&mut beside, View::new(&rows, dim), candidates, threads);
            }
            let block_of = Block { first: number * size, rows: block.len(), columns };
            said.extend(block_of.judge(&mut slopes, &mut beside, threads, &judge)?);
            let slopes = View::new(&slopes, columns);
            if let Some(sum) = &mut sums.anchors {
                let mut gradients = vec![0.0; rows.len()];
                add_product(&mut gradients, slopes, candidates, threads);
                for (row, gradient) in block.iter().zip(gradients.chunks_exact(dim.max(1))) {
                    sum.add(*row as usize, 1.0, gradient);
                }
            }
            if let Some(sum) = &mut sums.candidates {
                add_product(sum.values_mut(), slopes.transposed(), anchors, threads);
            }
        }
        Ok(said)
    }
}

/// The rows of an anchor each.
fn gather(anchors: &Compared, which: &[u32]) -> Vec<f64> {
    which.iter().flat_map(|row| anchors.row(*row as usize)).copied().collect()
}

/// Rows of similarities, the first of which is that of anchor `first`.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    rows: usize,
    columns: usize,
}

impl Block {
    /// What `judge` says of every row; `beside` is as large as `similarities`, or empty.
    fn judge<T: Send>(
        self,
        similarities: &mut [f64],
        beside: &mut [f64],
        threads: NonZeroUsize,
        judge: &(impl Fn(usize, &mut [f64], &mut [f64]) -> Result<T> + Sync),
    ) -> Result<Vec<T>> {
        let worth = similarities.len() / WORTH_A_THREAD;
        let threads = threads.get().min(worth).min(self.rows);
        if threads <= 1 {
            return self.judge_rows(similarities, beside, judge);
        }
        let rows = self.rows.div_ceil(threads);
        let parts = similarities.chunks_mut(rows * self.columns);
        let mut others = beside.chunks_mut(rows * self.columns);
        let judged: Vec<_> = std::thread::scope(|scope| {
            let spawned = parts.enumerate().map(|(number, part)| {
                let beside = others.next().unwrap_or_default();
                let start = number * rows;
                let rows = rows.min(self.rows - start);
                let block = Self { first: self.first + start, rows, ..self };
                scope.spawn(move || block.judge_rows(part, beside, judge))
            });
            let spawned: Vec<_> = spawned.collect();
            spawned.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let mut said = Vec::with_capacity(self.rows);
        for judged in judged {
            match judged {
                Ok(judged) => said.extend(judged?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(said)
    }

    fn judge_rows<T>(
        self,
        similarities: &mut [f64],
        beside: &mut [f64],
        judge: &impl Fn(usize, &mut [f64], &mut [f64]) -> Result<T>,
    ) -> Result<Vec<T>> {
        let row = |row: usize| row * self.columns..(row + 1) * self.columns;
        let rows = (0..self.rows).map(|at| {
            let beside = beside.get_mut(row(at)).unwrap_or_default();
            judge(self.first + at, &mut similarities[row(at)], beside)
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::similarity::Similarity;
    use crate::{Matrix, MatrixMut, Random};

    fn embeddings(rows: usize, dim: usize, seed: u64) -> Compared {
        let number = |at: u64| Random::new(&[seed, at]).unit() as f32 - 0.5;
        let values: Vec<f32> = (0..(rows * dim) as u64).map(number).collect();
        Compared::new(Matrix::new(&values, rows, dim).unwrap(), Similarity::Cosine, "text").unwrap()
    }

    /// The gradients of Σ s³/3 over all similarities, on so many threads.
    fn cubes(anchors: usize, candidates: usize, threads: usize) -> (Vec<f64>, Vec<f32>, Vec<f32>) {
        const DIM: usize = 20;
        let (queries, passages) = (embeddings(anchors, DIM, 1), embeddings(candidates, DIM, 2));
        let host = Host::with_threads(NonZeroUsize::new(threads).unwrap());
        let which: Vec<u32> = (0..anchors as u32).collect();
        let walk = Walk { anchors: &queries, candidates: &passages, which: &which, host: &host };
        let mut sums = (GradientSum::new(&queries), GradientSum::new(&passages));
        let both = Sums { anchors: Some(&mut sums.0), candidates: Some(&mut sums.1) };
        let said = walk.run(both, |_, row| {
            let loss = row.iter().map(|s| s.powi(3) / 3.0).sum::<f64>();
            row.iter_mut().for_each(|s| *s *= *s);
            Ok(loss)
        });
        let write = |sum: GradientSum, of: &Compared| {
            let mut out = vec![0.0; of.rows() * DIM];
            sum.write(of, &mut MatrixMut::new(&mut out, of.rows(), DIM).unwrap());
            out
        };
        (said.unwrap(), write(sums.0, &queries), write(sums.1, &passages))
    }

    #[test]
    fn threads_change_no_bit() {
        // More rows than a block holds, and enough of them for every thread.
        let (anchors, candidates) = (700, 600);
        let one = cubes(anchors, candidates, 1);
        assert!(one == cubes(anchors, candidates, 2) && one == cubes(anchors, candidates, 5));
    }

    #[test]
    fn every_anchor_is_judged_once_in_its_order_beside_the_same_one_elsewhere() {
        let (queries, passages) = (embeddings(300, 6, 1), embeddings(90, 6, 2));
        let host = Host::with_threads(NonZeroUsize::new(3).unwrap());
        let which: Vec<u32> = (0..300).rev().collect();
        let walk = Walk { anchors: &queries, candidates: &passages, which: &which, host: &host };
        let calls = AtomicUsize::new(0);
        let said = walk.run_beside((&queries, &passages), Sums::default(), |place, row, beside| {
            calls.fetch_add(1, Ordering::Relaxed);
            assert_eq!(row, beside);
            Ok((place, row[7]))
        });
        for (at, (place, similarity)) in said.unwrap().into_iter().enumerate() {
            assert_eq!(place, at);
            let expected = queries.similarity(which[at] as usize, &passages, 7);
            assert!((similarity - expected).abs() < 1e-15);
        }
        assert_eq!(calls.into_inner(), 300);
        let wrong = (&passages, &queries);
        assert!(walk.run_beside(wrong, Sums::default(), |_, _, _| Ok(())).is_err());
    }

    #[test]
    fn the_first_error_is_the_one_that_is_told() {
        let (queries, passages) = (embeddings(400, 4, 1), embeddings(200, 4, 2));
        let host = Host::with_threads(NonZeroUsize::new(2).unwrap());
        let which: Vec<u32> = (0..400).collect();
        let walk = Walk { anchors: &queries, candidates: &passages, which: &which, host: &host };
        let said = walk.run(Sums::default(), |place, _| match place {
            17 | 250 => Err(Error::invalid(format!("row {place}"))),
            _ => Ok(()),
        });
        assert_eq!(said.unwrap_err().message(), "row 17");
    }
}
