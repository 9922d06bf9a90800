//! What cannot be seen through the HTTP port: the store's requests, the items, the events, the layout.

mod agreement;
mod events;
mod layout;
mod load;
mod openapi;
mod pipeline;
mod requests;
