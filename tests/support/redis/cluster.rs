//! A cluster of three masters.

use super::super::until;
use super::{Redis, free_port};

/// The nodes.
pub struct Cluster {
    /// Each holds a third of the slots.
    pub nodes: Vec<Redis>,
}

impl Cluster {
    /// Starts the nodes, gives out the slots, and waits until all agree.
    pub async fn start() -> Self {
        let nodes: Vec<_> = (0..3)
            .map(|_| {
                let bus = free_port().to_string();
                let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
                Redis::with(&[&arguments[..], &["--cluster-port", &bus]].concat())
            })
            .collect();
        let addresses: Vec<_> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        let mut words = vec!["--cluster", "create"];
        words.extend(addresses.iter().map(String::as_str));
        words.push("--cluster-yes");
        let said = nodes[0].cli(&words);
        assert!(said.contains("All 16384 slots covered"), "{said}");
        for node in &nodes {
            until("the cluster is whole", async || {
                node.cli(&["CLUSTER", "INFO"])
                    .contains("cluster_state:ok")
                    .then_some(())
            })
            .await;
        }
        Self { nodes }
    }

    /// The addresses of the nodes.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Redis::url).collect()
    }
}
