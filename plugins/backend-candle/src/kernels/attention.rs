//! Attention of the tokens of a text to each other (Vaswani et al.: Attention Is All You Need, NeurIPS 2017, 3.2).
//!
//! For each text and head, with Q, K, V [tokens × width]: P = softmax(scale Q Kᵀ + distances), output = dropout(P) V.
//! Texts are packed, so nothing is computed for padding. Texts are divided among threads.

use rayon::prelude::*;

use super::distances::Distances;
use super::dropout::{Draws, Dropout};
use super::math::{dot, exp, sum};
use super::pack::Pack;
use super::small::{padded, product, transpose};
use crate::buffers::Buffer;
use crate::simd::vectorised;

/// What the shapes are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    /// Number of heads.
    pub heads: usize,
    /// Numbers of a head.
    pub width: usize,
    /// What a product of query and key is multiplied by.
    pub scale: f32,
}

/// Rows of query, key and value side by side [tokens × 3 hidden].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projections<'a> {
    /// The rows as the product gave them.
    pub rows: &'a [f32],
    /// What is still to be added to each.
    pub bias: &'a [f32],
}

/// P of every text, [heads × tokens × padded tokens] each.
pub(crate) type Probabilities = Vec<Vec<f32>>;

/// Where the channels of a head's keys begin in the draws of a query's token: heads have draws of their own.
pub(crate) const KEYS: usize = 1 << 16;

impl Shape {
    /// Heads whose products are divided by √width.
    pub(crate) fn scaled(heads: usize, width: usize) -> Self {
        Self { heads, width, scale: 1.0 / (width as f32).sqrt() }
    }

    /// Numbers of a token.
    fn hidden(self) -> usize {
        self.heads * self.width
    }

    /// Attends. Returns the outputs [tokens × hidden], and P if it is to be kept; else there is never more of it than one
    /// head of a text at a time.
    pub(crate) fn forward(
        self,
        pack: &Pack,
        Projections { rows: qkv, bias }: Projections<'_>,
        distances: Option<&Distances>,
        dropout: Option<&Dropout<'_>>,
        keep: bool,
    ) -> (Buffer, Probabilities) {
        let hidden = self.hidden();
        let mut out = Buffer::room(qkv.len() / 3);
        let texts = pack.split_mut(&mut out, hidden).into_par_iter();
        let rows: Vec<_> = pack.rows().collect();
        let probabilities = texts
            .zip(rows)
            .map(|(out, rows)| {
                let draws: Option<Vec<Draws>> =
                    dropout.map(|dropout| rows.clone().map(|row| dropout.token(row)).collect());
                let qkv = &qkv[rows.start * 3 * hidden..rows.end * 3 * hidden];
                let mut text = Text::new(self, rows.len(), qkv, bias, draws);
                text.distances = distances;
                let square = rows.len() * text.across;
                let mut probabilities = vec![0.0; if keep { self.heads * square } else { square }];
                for head in 0..self.heads {
                    let at = if keep { head * square } else { 0 };
                    let p = &mut probabilities[at..at + square];
                    vectorised(
                        #[inline(always)]
                        || text.forward(head, p, out),
                    );
                }
                if keep { probabilities } else { Vec::new() }
            })
            .collect();
        (out, probabilities)
    }

    /// The gradients of the rows of query, key and value from those of the outputs, and those of the distances if there
    /// is `of_distances` to add them to.
    pub(crate) fn backward(
        self,
        pack: &Pack,
        Projections { rows: qkv, bias }: Projections<'_>,
        probabilities: &Probabilities,
        gradient: &[f32],
        of_distances: Option<&mut Distances>,
        dropout: Option<&Dropout<'_>>,
    ) -> Buffer {
        let hidden = self.hidden();
        let mut out = Buffer::room(qkv.len());
        let texts = pack.split_mut(&mut out, 3 * hidden).into_par_iter();
        let rows: Vec<_> = pack.rows().collect();
        let none = of_distances.as_deref().map(Distances::zeros);
        let texts = texts.zip(rows).zip(probabilities).map(|((out, rows), probabilities)| {
            let draws: Option<Vec<Draws>> =
                dropout.map(|dropout| rows.clone().map(|row| dropout.token(row)).collect());
            let qkv = &qkv[rows.start * 3 * hidden..rows.end * 3 * hidden];
            let gradient = &gradient[rows.start * hidden..rows.end * hidden];
            let mut text = Text::new(self, rows.len(), qkv, bias, draws);
            text.of_distances = none.clone();
            text.make_room_for_gradients();
            let square = rows.len() * text.across;
            for (head, p) in probabilities.chunks_exact(square).enumerate() {
                vectorised(
                    #[inline(always)]
                    || text.backward(head, p, gradient, out),
                );
            }
            text.of_distances
        });
        // The texts in their order, whichever was done first.
        let found: Vec<Option<Distances>> = texts.collect();
        if let Some(sum) = of_distances {
            found.iter().flatten().for_each(|of_text| sum.add(of_text));
        }
        out
    }
}

/// One text at work, with room for the matrices of one head.
struct Text<'a> {
    shape: Shape,
    tokens: usize,
    qkv: &'a [f32],
    bias: &'a [f32],
    draws: Option<Vec<Draws>>,
    distances: Option<&'a Distances>,
    of_distances: Option<Distances>,
    /// Padded width of a head.
    wide: usize,
    /// Padded number of tokens.
    across: usize,
    /// scale Q, K, V [tokens × wide].
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    /// A transpose of K or V [width × across].
    turned: Vec<f32>,
    /// [tokens × wide].
    out: Vec<f32>,
    /// dropout(P) and then the gradients of P and of the scores [tokens × across]; empty where nothing needs it.
    square: Vec<f32>,
    /// What only the gradients need: a transpose of `square` [across × across], and their incoming part [tokens × wide].
    turned_square: Vec<f32>,
    incoming: Vec<f32>,
}

/// Which of the three parts of a row.
const QUERY: usize = 0;
const KEY: usize = 1;
const VALUE: usize = 2;

impl<'a> Text<'a> {
    fn new(
        shape: Shape,
        tokens: usize,
        qkv: &'a [f32],
        bias: &'a [f32],
        draws: Option<Vec<Draws>>,
    ) -> Self {
        let (wide, across) = (padded(shape.width), padded(tokens));
        let room = || vec![0.0; tokens * wide];
        let square = if draws.is_some() { tokens * across } else { 0 };
        Self {
            shape,
            tokens,
            qkv,
            bias,
            draws,
            distances: None,
            of_distances: None,
            wide,
            across,
            q: room(),
            k: room(),
            v: room(),
            turned: vec![0.0; shape.width * across],
            out: room(),
            square: vec![0.0; square],
            turned_square: Vec::new(),
            incoming: Vec::new(),
        }
    }

    fn make_room_for_gradients(&mut self) {
        self.square.resize(self.tokens * self.across, 0.0);
        self.turned_square.resize(self.across * self.across, 0.0);
        self.incoming.resize(self.tokens * self.wide, 0.0);
    }

    /// Copies the head's part of Q, K and V, biases added and Q scaled.
    #[inline(always)]
    fn gather(&mut self, head: usize) {
        let (hidden, width, wide, scale) =
            (self.shape.hidden(), self.shape.width, self.wide, self.shape.scale);
        let parts =
            [(QUERY, &mut self.q, scale), (KEY, &mut self.k, 1.0), (VALUE, &mut self.v, 1.0)];
        for (part, to, scale) in parts {
            let at = part * hidden + head * width;
            let bias = &self.bias[at..at + width];
            for (to, row) in to.chunks_exact_mut(wide).zip(self.qkv.chunks_exact(3 * hidden)) {
                for ((to, x), bias) in to.iter_mut().zip(&row[at..at + width]).zip(bias) {
                    *to = (x + bias) * scale;
                }
            }
        }
    }

    #[inline(always)]
    fn forward(&mut self, head: usize, p: &mut [f32], out: &mut [f32]) {
        self.gather(head);
        let (tokens, width, wide, across) = (self.tokens, self.shape.width, self.wide, self.across);
        transpose(&self.k, wide, width, across, &mut self.turned);
        product(&self.q, wide, &self.turned, width, across, p);
        if let Some(distances) = self.distances {
            for (query, row) in p.chunks_exact_mut(across).enumerate() {
                let added = distances.row(head, query, tokens);
                row.iter_mut().zip(added).for_each(|(score, added)| *score += added);
            }
        }
        for row in p.chunks_exact_mut(across) {
            softmax(row, tokens);
        }
        if self.draws.is_some() {
            self.drop_out(head, p);
        }
        let weights = if self.draws.is_some() { &self.square } else { &*p };
        product(weights, across, &self.v, tokens, wide, &mut self.out);
        let (hidden, at) = (self.shape.hidden(), head * width);
        for (out, row) in out.chunks_exact_mut(hidden).zip(self.out.chunks_exact(wide)) {
            out[at..at + width].copy_from_slice(&row[..width]);
        }
    }

    /// Leaves dropout(p) in `square`.
    #[inline(always)]
    fn drop_out(&mut self, head: usize, p: &[f32]) {
        self.square.copy_from_slice(p);
        self.apply_draws(head);
    }

    /// Multiplies `square` by the factors of dropout.
    #[inline(always)]
    fn apply_draws(&mut self, head: usize) {
        let Some(draws) = &self.draws else { return };
        for (row, draws) in self.square.chunks_exact_mut(self.across).zip(draws) {
            for (channel, value) in ((head * KEYS) as u32..).zip(row) {
                *value *= draws.factor(channel);
            }
        }
    }

    /// With D the factors of dropout and G = ∂output: ∂V = (P∘D)ᵀ G, ∂P = (G Vᵀ)∘D, ∂S = P∘(∂P - rows of Σ P∘∂P),
    /// ∂Q = scale ∂S K, ∂K = scale ∂Sᵀ Q; the gradient of a distance is the sum of ∂S along its diagonal.
    #[inline(always)]
    fn backward(&mut self, head: usize, p: &[f32], gradient: &[f32], out: &mut [f32]) {
        self.gather(head);
        let (tokens, width, wide, across) = (self.tokens, self.shape.width, self.wide, self.across);
        let (hidden, at) = (self.shape.hidden(), head * width);
        for (to, row) in self.incoming.chunks_exact_mut(wide).zip(gradient.chunks_exact(hidden)) {
            to[..width].copy_from_slice(&row[at..at + width]);
        }
        self.drop_out(head, p);
        transpose(&self.square, across, tokens, across, &mut self.turned_square);
        product(&self.turned_square, across, &self.incoming, tokens, wide, &mut self.out);
        self.scatter(VALUE, head, 1.0, out);

        transpose(&self.v, wide, width, across, &mut self.turned);
        product(&self.incoming, wide, &self.turned, width, across, &mut self.square);
        self.apply_draws(head);
        for (of_p, p) in self.square.chunks_exact_mut(across).zip(p.chunks_exact(across)) {
            let along = dot(of_p, p);
            for (of_p, p) in of_p.iter_mut().zip(p) {
                *of_p = p * (*of_p - along);
            }
        }
        if let Some(sums) = &mut self.of_distances {
            for (query, row) in self.square.chunks_exact(across).enumerate() {
                let sums = sums.row_mut(head, query, tokens).iter_mut();
                sums.zip(row).for_each(|(sum, of_score)| *sum += of_score);
            }
        }
        product(&self.square, across, &self.k, tokens, wide, &mut self.out);
        self.scatter(QUERY, head, self.shape.scale, out);
        transpose(&self.square, across, tokens, across, &mut self.turned_square);
        product(&self.turned_square, across, &self.q, tokens, wide, &mut self.out);
        // Q is scaled already.
        self.scatter(KEY, head, 1.0, out);
    }

    /// Writes `out` into the head's part of the rows.
    #[inline(always)]
    fn scatter(&self, part: usize, head: usize, scale: f32, rows: &mut [f32]) {
        let (hidden, width) = (self.shape.hidden(), self.shape.width);
        let at = part * hidden + head * width;
        let rows = rows.chunks_exact_mut(3 * hidden).zip(self.out.chunks_exact(self.wide));
        for (row, out) in rows {
            for (row, out) in row[at..at + width].iter_mut().zip(out) {
                *row = out * scale;
            }
        }
    }
}

/// Softmax over the first `count` numbers; the rest becomes 0.
#[inline(always)]
fn softmax(row: &mut [f32], count: usize) {
    let (row, rest) = row.split_at_mut(count);
    rest.fill(0.0);
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|x| *x = exp(*x - largest));
    let scale = 1.0 / sum(row, |x| x);
    row.iter_mut().for_each(|x| *x *= scale);
}
