//! What health tells while the database or Redis is away.

use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus::{self, NotServing, Serving};
use tonic_health::pb::health_client::HealthClient;

use super::site::Site;
use crate::support::postgres::Postgres;
use crate::support::redis::Redis;
use crate::support::until;

const SERVICES: [&str; 3] = ["", "dinhdanh.v1.IssuanceService", "dinhdanh.v1.NumberService"];

async fn health(channel: &Channel, service: &str) -> ServingStatus {
    let request = HealthCheckRequest {
        service: service.into(),
    };
    let answer = HealthClient::new(channel.clone()).check(request).await;
    answer.unwrap().into_inner().status()
}

async fn becomes(channel: &Channel, service: &str, status: ServingStatus) {
    until(&format!("{service:?} is {status:?}"), async || {
        (health(channel, service).await == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_serve_while_the_store_takes_turns_whatever_the_lease_does() {
    let (mut postgres, mut redis) = (Postgres::start().await, Redis::start());
    let lease = format!("[lease]\nkind = 'redis'\nurl = '{}'\nrest = '100ms'\n", redis.url());
    let site = Site::on(&postgres.url(), &lease);
    assert_eq!(site.run(&["init"]).0, 0);
    let server = site.launch().start();
    let channel = server.connect().await;
    becomes(&channel, "dinhdanh.lease", Serving).await;
    for service in SERVICES.iter().chain(&["dinhdanh.store"]) {
        assert_eq!(health(&channel, service).await, Serving, "{service}");
    }

    redis.kill();
    becomes(&channel, "dinhdanh.lease", NotServing).await;
    for service in SERVICES {
        assert_eq!(
            health(&channel, service).await,
            Serving,
            "{service}: issuing goes on without Redis"
        );
    }
    redis.restart();
    becomes(&channel, "dinhdanh.lease", Serving).await;

    postgres.stop().await;
    for service in SERVICES.iter().chain(&["dinhdanh.store"]) {
        becomes(&channel, service, NotServing).await;
    }
    assert_eq!(health(&channel, "dinhdanh.lease").await, Serving);
    postgres.restart().await;
    for service in SERVICES.iter().chain(&["dinhdanh.store"]) {
        becomes(&channel, service, Serving).await;
    }
    drop(channel);
    server.stop().await;
}
