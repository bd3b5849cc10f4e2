//! The wire: octets to whole responses, and commands to octets.

mod encoder;
mod framer;

pub use encoder::{Encoder, Encoding, Fragment, Fragments};
pub use framer::{FrameError, FrameLimits, Framer, Piece};
