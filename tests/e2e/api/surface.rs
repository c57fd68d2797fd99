//! What a client that knows nothing can find out: health and reflection.

use std::collections::BTreeSet;

use futures_util::stream;
use prost::Message;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::{v1, v1alpha};

use crate::support::server::Server;

#[tokio::test]
async fn health_is_told_without_a_name_for_all_and_for_each_service() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut health = HealthClient::new(server.connect().await);
    for service in ["", "dinhdanh.v1.IssuanceService", "dinhdanh.v1.NumberService"] {
        let answer = health
            .check(HealthCheckRequest {
                service: service.into(),
            })
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            answer,
            HealthCheckResponse {
                status: ServingStatus::Serving.into()
            },
            "{service}"
        );
    }
    let unknown = health
        .check(HealthCheckRequest {
            service: "nobody".into(),
        })
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    server.stop().await;
}

const SERVICES: [&str; 3] = [
    "dinhdanh.v1.IssuanceService",
    "dinhdanh.v1.NumberService",
    "grpc.health.v1.Health",
];

#[tokio::test]
async fn reflection_lists_the_services_and_shows_their_files() {
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(server.connect().await);
    let asked = [
        MessageRequest::ListServices(String::new()),
        MessageRequest::FileContainingSymbol("dinhdanh.v1.IssuanceService".into()),
        // What errors carry must be readable too.
        MessageRequest::FileContainingSymbol("google.rpc.ErrorInfo".into()),
    ];
    let asked = asked.map(|asked| v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(asked),
    });
    let mut answers = client
        .server_reflection_info(stream::iter(asked))
        .await
        .unwrap()
        .into_inner();

    let listed = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = listed else {
        panic!("not a list")
    };
    let listed: BTreeSet<_> = listed.service.into_iter().map(|service| service.name).collect();
    assert!(SERVICES.iter().all(|service| listed.contains(*service)), "{listed:?}");
    for file in ["dinhdanh/v1/issuance.proto", "google/rpc/error_details.proto"] {
        let found = answers.message().await.unwrap().unwrap().message_response.unwrap();
        let MessageResponse::FileDescriptorResponse(found) = found else {
            panic!("not a file")
        };
        let found = found.file_descriptor_proto.iter().map(|bytes| {
            prost_types::FileDescriptorProto::decode(bytes.as_slice())
                .unwrap()
                .name()
                .to_owned()
        });
        assert!(found.into_iter().any(|name| name == file), "{file}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_older_reflection_is_served_too() {
    use v1alpha::server_reflection_request::MessageRequest;
    use v1alpha::server_reflection_response::MessageResponse;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(server.connect().await);
    let asked = MessageRequest::ListServices(String::new());
    let asked = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(asked),
    };
    let mut answers = client
        .server_reflection_info(stream::iter([asked]))
        .await
        .unwrap()
        .into_inner();
    let listed = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = listed else {
        panic!("not a list")
    };
    let listed: BTreeSet<_> = listed.service.into_iter().map(|service| service.name).collect();
    assert!(SERVICES.iter().all(|service| listed.contains(*service)), "{listed:?}");
    server.stop().await;
}
