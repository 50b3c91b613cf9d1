//! What tells the data of two evaluations apart, wherever their files lie.

use super::EvaluationData;

impl EvaluationData {
    /// BLAKE3, in hexadecimal, of languages, passages, queries and judgements: equal where all of them are, and what
    /// was measured on the one may be held against what was measured on the other.
    pub fn identity(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut texts = |texts: &[String]| {
            hasher.update(&(texts.len() as u64).to_le_bytes());
            for text in texts {
                hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
            }
        };
        for column in [&self.languages, &self.document_ids, &self.document_texts] {
            texts(column);
        }
        for column in [&self.query_ids, &self.query_texts] {
            texts(column);
        }
        for column in [&self.document_language, &self.query_language, &self.query_group] {
            column.iter().for_each(|code| _ = hasher.update(&code.to_le_bytes()));
        }
        for list in &self.judgements {
            hasher.update(&(list.len() as u64).to_le_bytes());
            for (document, grade) in list {
                hasher.update(&document.to_le_bytes()).update(&grade.to_le_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_differs_in_anything_has_another_identity() {
        let data = EvaluationData {
            languages: vec!["en".into()],
            document_ids: vec!["en:0".into(), "en:1".into()],
            document_language: vec![0, 0],
            document_texts: vec!["a cat".into(), "a dog".into()],
            query_ids: vec!["en:q".into()],
            query_language: vec![0],
            query_group: vec![0],
            query_texts: vec!["cat?".into()],
            judgements: vec![vec![(0, 1)]],
            ..EvaluationData::default()
        };
        assert_eq!(data.identity(), data.clone().identity());
        let changes: [fn(&mut EvaluationData); 6] = [
            |data| data.document_texts[1] = "a dot".into(),
            |data| data.query_texts[0] = "dog?".into(),
            |data| data.judgements[0] = vec![(1, 1)],
            |data| data.judgements[0] = vec![(0, 2)],
            |data| data.document_ids[1] = "en:2".into(),
            |data| data.document_texts = vec!["a cata".into(), " dog".into()],
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut other = data.clone();
            change(&mut other);
            assert_ne!(other.identity(), data.identity(), "change {number}");
        }
    }
}
