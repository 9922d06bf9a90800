//! The service as a whole: how the repository is laid out, many payments at once, and a store that fails for good.

mod layout;
mod load;
mod openapi;
