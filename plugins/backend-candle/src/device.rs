//! Where the arithmetic runs: the device, and the threads of the CPU.

use candle_core::Device;
use triglot_sdk::{Error, Host, Result};

/// The device of an option: `auto`, `cpu` or `cuda:N`.
pub(crate) fn choose(option: &str) -> Result<Device> {
    match option {
        "cpu" => Ok(Device::Cpu),
        "auto" => Ok(first_gpu().unwrap_or(Device::Cpu)),
        _ => match option.strip_prefix("cuda:").map(str::parse) {
            Some(Ok(index)) => gpu(index),
            _ => Err(Error::invalid(format!(
                "device: found `{option}`, allowed are `auto`, `cpu` and `cuda:N`"
            ))),
        },
    }
}

#[cfg(feature = "cuda")]
fn first_gpu() -> Option<Device> {
    Device::new_cuda(0).ok()
}

#[cfg(feature = "cuda")]
fn gpu(index: usize) -> Result<Device> {
    Device::new_cuda(index)
        .map_err(|error| Error::invalid(format!("device: cannot use `cuda:{index}`: {error}")))
}

#[cfg(not(feature = "cuda"))]
fn first_gpu() -> Option<Device> {
    None
}

#[cfg(not(feature = "cuda"))]
fn gpu(index: usize) -> Result<Device> {
    Err(Error::invalid(format!(
        "device: `cuda:{index}` is asked for, but this library was built without CUDA; build it with `cargo build \
         --package triglot-backend-candle --features cuda`, or use `cpu`"
    )))
}

/// Gives rayon, which tokenisation and the table use, the threads that the host allows.
///
/// rayon's pool is this library's own and is made once in a process: a later instance finds it made, which is the
/// error ignored here. candle sizes its pools by `RAYON_NUM_THREADS` and `CANDLE_NUM_THREADS` alone; setting a
/// variable is not safe once threads run, so that is for the host to do before it opens a library. No result
/// depends on any of it.
pub(crate) fn limit_threads(host: &Host) {
    let _made_before =
        rayon::ThreadPoolBuilder::new().num_threads(host.threads().get()).build_global();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_none_is_refused_with_what_is_allowed() {
        for option in ["gpu", "cuda", "cuda:", "cuda:x", ""] {
            let error = choose(option).unwrap_err();
            assert!(error.message().contains("allowed are `auto`, `cpu` and `cuda:N`"));
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn asking_for_cuda_without_the_feature_says_how_to_build_with_it() {
        let error = choose("cuda:0").unwrap_err();
        assert!(error.message().contains("--features cuda"), "{error:?}");
    }
}
