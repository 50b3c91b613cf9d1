//! The directory finds what a list of everything would hold, and totals beyond 32 bits fit.

use proptest::prelude::*;
use triglot_sdk::Context;

use super::model::Model;
use super::*;
use crate::counts::Counts;
use crate::directory::Directory;
use crate::lists::{ByPair, Kind, Lists};
use crate::pairs::{Pairs, Relation};

proptest! {
    #[test]
    fn every_item_of_every_list_of_pairs_is_where_a_naive_list_has_it(
        (languages, rows) in sparse(), same in any::<bool>(), times in 1usize..6,
    ) {
        let data = Data::new(&CODES[..languages], &rows.repeat(times));
        let corpus = data.view();
        let relation = if same { Relation::Same } else { Relation::Different };
        let all = vec![true; languages];
        let pairs = Pairs { queries: all.clone(), passages: all, relation };
        let kind = Kind::ByPair(ByPair::new(&pairs));
        let lists = Lists::new(pairs, kind, vec![Some(0), Some(1)]);
        let directory = Directory::new(lists, &corpus, &Context::detached(0).host).unwrap();
        let apart = json!({ "data_set_weight": "size" });
        let model = match same {
            true => Model::new::<SameLanguage>(&apart, &corpus),
            false => Model::new::<CrossLingual>(&apart, &corpus),
        };
        for pair in directory.lists().pairs.all() {
            for group in 0..directory.lists().groups() {
                let list = directory.lists().of_pair(group, pair).unwrap();
                let expected = model.lists.get(&(group as u32, pair)).cloned().unwrap_or_default();
                prop_assert_eq!(directory.items(list), expected.len() as u64);
                let found: Option<Vec<u32>> = (0..directory.items(list))
                    .map(|n| directory.find(&corpus, list, n).map(|(example, _)| example.number()))
                    .collect();
                prop_assert_eq!(found, Some(expected));
                prop_assert!(directory.find(&corpus, list, directory.items(list)).is_none());
            }
        }
    }

    #[test]
    fn the_pairs_of_an_example_are_counted_found_and_drawn_without_being_listed(
        (languages, rows) in sparse(),
        queries in prop::collection::vec(any::<bool>(), 5),
        passages in prop::collection::vec(any::<bool>(), 5),
        relation in prop_oneof![
            Just(Relation::Different), (0u32..5).prop_map(Relation::Pivot),
        ],
        seed in any::<u64>(),
    ) {
        let data = Data::new(&CODES[..languages], &rows);
        let corpus = data.view();
        let narrow = |of: Vec<bool>| of[..languages].to_vec();
        let pairs = Pairs { queries: narrow(queries), passages: narrow(passages), relation };
        for example in crate::example::examples(&corpus, 0..corpus.rows()) {
            let mut listed = vec![];
            for (query, query_row) in example.queries() {
                for (passage, row) in example.queries() {
                    if pairs.allow(Pair { query, passage }) {
                        listed.push((query_row, row + 1));
                    }
                }
            }
            prop_assert_eq!(pairs.count(&example), listed.len() as u64);
            prop_assert_eq!(pairs.any(&example), !listed.is_empty());
            let found: Vec<_> = (0..listed.len() as u64).filter_map(|n| pairs.nth(&example, n)).collect();
            prop_assert_eq!(&found, &listed);
            let drawn = pairs.draw(&example, &mut triglot_sdk::Random::new(&[seed]));
            prop_assert_eq!(drawn.is_some(), !listed.is_empty());
            prop_assert!(drawn.is_none_or(|drawn| listed.contains(&drawn)));
        }
    }
}

#[test]
fn totals_beyond_32_bits_are_kept() {
    for most in [u64::from(u32::MAX), 1 << 40] {
        let mut counts = Counts::new(most, 2, 4);
        for (block, before) in [0, 5, 5, most].into_iter().enumerate() {
            counts.put(block, &[before, 7 * block as u64]);
        }
        assert_eq!(counts.total(0), most);
        assert_eq!(counts.block(0, 4), (0, 0, 5));
        assert_eq!(counts.block(0, 5), (2, 5, most - 5));
        assert_eq!(counts.block(0, most - 1), (2, 5, most - 5));
        assert_eq!(counts.block(1, 13), (1, 7, 7));
    }
}
