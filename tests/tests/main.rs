//! End-to-end tests over the real binary and real shared libraries, one module a concern.
#![allow(clippy::unwrap_used)]

mod bad_data;
mod bad_manifest;
mod bad_plugin;
mod batches;
mod bitext;
mod c_plugins;
mod chapter;
mod codeswitch;
mod commands;
mod conformance;
mod curriculum;
mod determinism;
mod disk;
mod encoder;
mod estimate;
mod evolution;
mod experiments;
mod failure;
mod gradient_caching;
mod header;
mod interruption;
mod journal;
mod misdeeds;
mod model;
mod new_plugin;
mod overflow;
mod own_data;
mod paths;
mod plugins;
mod quickstart;
mod rankings;
mod resume;
mod specimen;
mod validation;
mod xquad;
