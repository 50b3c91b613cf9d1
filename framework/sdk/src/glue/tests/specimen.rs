//! A component of every kind at once, that does as its options say.

use std::path::Path;

use crate::*;

/// What the specimen does when it is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Deed {
    /// Its work.
    #[default]
    Work,
    /// Fails, with [`FAILURE`].
    Fail,
    /// Panics, with the text "boom".
    Panic,
    /// Panics with something that panics again when it is dropped.
    PanicTwice,
}

/// Characters of 1 to 4 bytes.
pub(super) const FAILURE: &str = "aß€😀 and so on";

impl Deed {
    fn act(self) -> Result<()> {
        match self {
            Self::Work => Ok(()),
            Self::Fail => Err(Error::failed(FAILURE)),
            Self::Panic => panic!("boom"),
            Self::PanicTwice => std::panic::panic_any(PanicsWhenDropped),
        }
    }
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("a second time");
    }
}

#[derive(Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Options {
    create: Deed,
    call: Deed,
    drop: Deed,
}

pub(super) struct Specimen {
    options: Options,
    seed: u64,
}

impl Specimen {
    fn make(options: Options, context: &Context) -> Result<Self> {
        options.create.act()?;
        Ok(Self { options, seed: context.seed })
    }
}

impl Drop for Specimen {
    fn drop(&mut self) {
        let _ = self.options.drop.act();
    }
}

impl Component for Specimen {
    type Options = Options;
    const ID: &'static str = "specimen";
    const SUMMARY: &'static str = "Does as its options say";
}

impl Augmenter for Specimen {
    fn create(options: Options, context: &Context) -> Result<Self> {
        Self::make(options, context)
    }

    fn augment(&mut self, text: Text<'_>, out: &mut String) -> Result<()> {
        self.options.call.act()?;
        *out =
            format!("{} {} {:?} {} {}", text.text, text.language, text.role, text.key, self.seed);
        Ok(())
    }

    fn counts(&self, texts: &Texts<'_>) -> Vec<(String, u64)> {
        let bytes = texts.iter().map(|text| text.text.len() as u64).sum();
        vec![("texts".into(), texts.len() as u64), ("bytes".into(), bytes)]
    }
}

impl Sampler for Specimen {
    fn create(options: Options, _: &Corpus<'_>, _: usize, context: &Context) -> Result<Self> {
        Self::make(options, context)
    }

    fn epoch_length(&self, corpus: &Corpus<'_>) -> u64 {
        corpus.rows() as u64
    }

    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        self.options.call.act()?;
        batch.push(seed as u32, ordinal as u32);
        batch.push_with_negatives(0, 1, &[3, corpus.rows() as u32 - 1]);
        Ok(())
    }

    /// None if calls are to fail.
    fn law(&self, _: &Corpus<'_>) -> Option<Law> {
        let pairs = vec![(0, 0, 0.25), (0, 1, 0.75)];
        self.options.call.act().ok().map(|()| Law { unit: Unit::Batch, pairs })
    }
}

impl Objective for Specimen {
    fn create(options: Options, context: &Context) -> Result<Self> {
        Self::make(options, context)
    }

    /// The sum of all embeddings; the gradients count the elements.
    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        self.options.call.act()?;
        let mut count = 0.0;
        for gradients in [&mut output.query_gradients, &mut output.passage_gradients] {
            let Some(gradients) = gradients else { continue };
            for row in 0..gradients.rows() {
                for value in gradients.row_mut(row) {
                    count += 1.0;
                    *value = count;
                }
            }
        }
        output.scalars.push(("count".into(), f64::from(count)));
        let all = [batch.queries.to_vec(), batch.passages.to_vec()].concat();
        Ok(all.iter().map(|value| f64::from(*value)).sum())
    }

    fn parameters(&self) -> u64 {
        self.seed
    }

    fn step(&mut self, learning_rate: f64, scale: f64) -> Result<()> {
        Err(Error::failed(format!("{learning_rate} {scale}")))
    }

    fn save(&self, folder: &Path) -> Result<()> {
        Err(Error::failed(folder.display().to_string()))
    }
}

impl Metric for Specimen {
    fn create(options: Options, context: &Context) -> Result<Self> {
        Self::make(options, context)
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::unit("first"), Column { depth: 5, ..Column::unit("second") }]
    }

    /// The first column is the number of judged passages, the second is left undefined.
    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        self.options.call.act()?;
        for (query, values) in ranking.iter().zip(values.chunks_exact_mut(2)) {
            values[0] = query.judged().len() as f64;
        }
        Ok(())
    }
}

impl Backend for Specimen {
    fn create(options: Options, context: &Context) -> Result<Self> {
        Self::make(options, context)
    }

    /// Reads on after a failure, and hides it.
    fn prepare(&mut self, texts: Option<&mut TextStream<'_>>) -> Result<()> {
        self.options.call.act()?;
        if let Some(texts) = texts {
            while let Ok(Some(part)) = texts.next_part() {
                self.seed += part.len() as u64;
            }
            let _ = texts.next_part();
        }
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        self.options.call.act()?;
        Ok(Info { dim: 3, trainable: true, parameters: self.seed })
    }

    fn fingerprint(&self) -> Result<String> {
        Ok("über".into())
    }

    fn encode(&mut self, mode: Mode, texts: &Texts<'_>, out: &mut MatrixMut<'_>) -> Result<()> {
        for (row, text) in texts.iter().enumerate() {
            out.row_mut(row).fill(text.text.len() as f32 + mode as u8 as f32);
        }
        Ok(())
    }

    fn backward(&mut self, gradients: Matrix<'_>) -> Result<()> {
        Err(Error::failed(format!("{:?}", gradients.to_vec())))
    }

    fn step(&mut self, step: Step) -> Result<StepReport> {
        Ok(StepReport { gradient_norm: step.clip.unwrap_or(-1.0), tokens: 7 })
    }

    fn save(&mut self, folder: &Path) -> Result<()> {
        Err(Error::failed(folder.display().to_string()))
    }

    fn load(&mut self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn export(&mut self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn variables(&self, visit: &mut dyn FnMut(Variable<'_>) -> Result<()>) -> Result<()> {
        self.options.call.act()?;
        visit(Variable { name: "bias", values: &[0.5], gradient_norm: 0.0 })?;
        visit(Variable { name: "weight", values: &[1.0, 2.0], gradient_norm: 3.0 })
    }
}
