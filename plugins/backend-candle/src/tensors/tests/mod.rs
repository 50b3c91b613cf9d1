//! Files that are read, written and refused.

mod precision;
mod shards;
mod torch;
