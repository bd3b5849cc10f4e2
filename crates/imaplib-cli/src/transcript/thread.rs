//! A THREAD response as JSON, written node by node: as values they would take four hundred times the memory of the response.

use imaplib_proto::types::{ThreadNode, Threads};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// The object of a response.
pub(super) struct ThreadLine<'a>(pub(super) &'a Threads);

impl Serialize for ThreadLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(Some(2))?;
        fields.serialize_entry("kind", "THREAD")?;
        fields.serialize_entry("messages", &Nodes(self.0))?;
        fields.end()
    }
}

struct Nodes<'a>(&'a Threads);

impl Serialize for Nodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Node::from))
    }
}

#[derive(Serialize)]
struct Node {
    number: Option<u32>,
    parent: Option<usize>,
    depth: usize,
}

impl From<ThreadNode> for Node {
    fn from(node: ThreadNode) -> Self {
        Self { number: node.number, parent: node.parent, depth: node.depth }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use imaplib_proto::parse::{self, Context};
    use imaplib_proto::types::{Response, Untagged};

    use super::*;

    #[test]
    fn node_by_node_it_is_the_same_object() {
        let line = Bytes::from_static(b"* THREAD (2 (3)(4 5))((6)(7))(8)\r\n");
        let Response::Untagged(Untagged::Thread(threads)) = parse::read(&line, &Context::default()).response else {
            panic!("no THREAD");
        };
        let (value, understood) = crate::transcript::object(&line, &Context::default());
        assert!(understood);
        assert_eq!(serde_json::to_string(&ThreadLine(&threads)).unwrap(), value.to_string());
    }
}
