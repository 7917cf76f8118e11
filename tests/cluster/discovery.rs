//! Which Service is asked, and which port.

use crate::fake_api::{
    Asked, CERTIFICATE, FakeApi, Reply, certificate, forbidden, json, not_found, service, status,
    text,
};
use crate::{SERVICES, anywhere, assert_failure, fetch, named, server};

const BY_LABEL: &str = "?labelSelector=app.kubernetes.io%2Fname%3Dsealed-secrets";
const FIND: &str = "\"kubectl get services -A -l app.kubernetes.io/name=sealed-secrets\" shows where a Helm chart put it; without it, seal offline with --cert";

/// The part of a path after the Services of the namespace.
fn tail(asked: &Asked) -> &str {
    asked.path.strip_prefix(SERVICES).unwrap()
}

fn list(services: &[String]) -> Reply {
    json(
        "200 OK",
        &format!(
            r#"{{"kind":"ServiceList","items":[{}]}}"#,
            services.join(",")
        ),
    )
}

#[test]
fn the_plain_manifests_are_found_first_over_one_connection() {
    let api = FakeApi::http(|asked| match tail(asked) {
        "/sealed-secrets-controller" => {
            json("200 OK", &service("sealed-secrets-controller", &[""]))
        }
        "/http:sealed-secrets-controller:/proxy/v1/cert.pem" => certificate(),
        _ => text("500 Internal Server Error", "unexpected"),
    });
    assert_eq!(fetch(&server(&api), &anywhere()).unwrap(), CERTIFICATE);
    assert_eq!(api.connections(), 1);
    let asked = api.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header("accept"), ["application/x-pem-file, */*"]);
    for asked in asked {
        assert_eq!(asked.method, "GET");
        assert_eq!(
            asked.header("user-agent"),
            [concat!("rseal/", env!("CARGO_PKG_VERSION"))]
        );
        assert!(asked.header("authorization").is_empty());
        assert!(asked.header("accept-encoding").is_empty());
    }
}

#[test]
fn the_usual_helm_release_is_found_second() {
    let api = FakeApi::http(|asked| match tail(asked) {
        "/sealed-secrets-controller" => not_found("sealed-secrets-controller"),
        "/sealed-secrets" => json("200 OK", &service("sealed-secrets", &["http"])),
        "/http:sealed-secrets:http/proxy/v1/cert.pem" => certificate(),
        _ => text("500 Internal Server Error", "unexpected"),
    });
    assert_eq!(fetch(&server(&api), &anywhere()).unwrap(), CERTIFICATE);
}

#[test]
fn any_other_helm_release_is_found_by_its_label_and_metrics_do_not_count() {
    let api = FakeApi::http(|asked| match tail(asked) {
        BY_LABEL => list(&[
            service("prod-sealed-secrets-metrics", &["metrics"]),
            service("prod-sealed-secrets", &["metrics", "http"]),
        ]),
        "/http:prod-sealed-secrets:http/proxy/v1/cert.pem" => certificate(),
        path => not_found(path.trim_start_matches('/')),
    });
    assert_eq!(fetch(&server(&api), &anywhere()).unwrap(), CERTIFICATE);
}

#[test]
fn two_services_with_the_label_are_listed() {
    let api = FakeApi::http(|asked| match tail(asked) {
        BY_LABEL => list(&[service("b", &["http"]), service("a", &["http"])]),
        path => not_found(path.trim_start_matches('/')),
    });
    assert_failure(
        &api,
        &server(&api),
        &anywhere(),
        "cannot get sealed secret service: 2 services in namespace \"kube-system\" have the label app.kubernetes.io/name=sealed-secrets: a, b",
        "choose one with --controller-name",
    );
}

#[test]
fn when_nothing_is_found_everything_tried_is_said() {
    let api = FakeApi::http(|asked| match tail(asked) {
        BY_LABEL => list(&[]),
        path => not_found(path.trim_start_matches('/')),
    });
    assert_failure(
        &api,
        &server(&api),
        &anywhere(),
        "cannot get sealed secret service: no controller in namespace \"kube-system\": service \"sealed-secrets-controller\" not found, service \"sealed-secrets\" not found, services with the label app.kubernetes.io/name=sealed-secrets not found",
        &format!("name it with --controller-namespace and --controller-name; {FIND}"),
    );
    assert!(api.paths().iter().all(|path| path.starts_with(SERVICES)));
}

#[test]
fn a_name_that_was_given_is_the_only_one_that_is_tried() {
    let api = FakeApi::http(|_| not_found("mine"));
    assert_failure(
        &api,
        &server(&api),
        &named("mine"),
        "cannot get sealed secret service: no controller in namespace \"kube-system\": service \"mine\" not found",
        &format!("name it with --controller-name and --controller-namespace; {FIND}"),
    );
    assert_eq!(api.paths(), [format!("{SERVICES}/mine")]);
}

#[test]
fn who_may_not_read_the_service_gets_the_certificate_through_the_proxy() {
    let api = FakeApi::http(|asked| match tail(asked) {
        "/http:sealed-secrets-controller:/proxy/v1/cert.pem" => certificate(),
        path => forbidden("services", path.trim_start_matches('/')),
    });
    assert_eq!(fetch(&server(&api), &anywhere()).unwrap(), CERTIFICATE);
    assert_eq!(api.asked().len(), 2);
}

#[test]
fn without_the_service_both_names_of_the_port_are_tried() {
    let api = FakeApi::http(|asked| match tail(asked) {
        "/http:sealed-secrets-controller:/proxy/v1/cert.pem" => {
            not_found("http:sealed-secrets-controller:")
        }
        "/http:sealed-secrets-controller:http/proxy/v1/cert.pem" => {
            forbidden("services/proxy", "http:sealed-secrets-controller:http")
        }
        "/http:sealed-secrets:/proxy/v1/cert.pem" => status(
            "503 Service Unavailable",
            "no endpoints available for service \"http:sealed-secrets:\"",
        ),
        "/http:sealed-secrets:http/proxy/v1/cert.pem" => certificate(),
        path => forbidden("services", path.trim_start_matches('/')),
    });
    assert_eq!(fetch(&server(&api), &anywhere()).unwrap(), CERTIFICATE);
}

#[test]
fn who_may_do_nothing_is_told_what_was_forbidden() {
    let api = FakeApi::http(|asked| forbidden("services", tail(asked).trim_start_matches('/')));
    assert_failure(
        &api,
        &server(&api),
        &named("sealed-secrets"),
        "cannot get sealed secret service: services \"sealed-secrets\" is forbidden: User \"jane\" cannot get resource \"services\" in API group \"\" in the namespace \"kube-system\"; tried in namespace \"kube-system\": service \"sealed-secrets\" forbidden, proxy \"http:sealed-secrets:\" forbidden, proxy \"http:sealed-secrets:http\" forbidden",
        "the right to get services/proxy \"http:NAME:\" or \"http:NAME:http\" is missing (the chart's role …-service-proxier grants it), or the names are wrong (--controller-name, --controller-namespace); without it, seal offline with --cert",
    );
}

#[test]
fn a_service_that_is_there_but_down_ends_the_search() {
    let api = FakeApi::http(|asked| match tail(asked) {
        path if path.contains("/proxy/") => status(
            "503 Service Unavailable",
            "no endpoints available for service \"http:sealed-secrets-controller:http\"",
        ),
        path => forbidden("services", path.trim_start_matches('/')),
    });
    assert_failure(
        &api,
        &server(&api),
        &anywhere(),
        "cannot fetch certificate: no endpoints available for service \"http:sealed-secrets-controller:http\"",
        "is the controller running? \"kubectl get pods --namespace kube-system\"",
    );
    assert_eq!(api.asked().len(), 3);
}

#[test]
fn the_port_named_http_is_taken_also_behind_one_for_metrics() {
    let api = FakeApi::http(|asked| match tail(asked) {
        "/s" => json("200 OK", &service("s", &["metrics", "http"])),
        "/http:s:http/proxy/v1/cert.pem" => certificate(),
        _ => text("500 Internal Server Error", "unexpected"),
    });
    assert_eq!(fetch(&server(&api), &named("s")).unwrap(), CERTIFICATE);
}

#[test]
fn a_service_without_ports_is_an_error() {
    let api = FakeApi::http(|_| json("200 OK", &service("s", &[])));
    assert_failure(
        &api,
        &server(&api),
        &named("s"),
        "cannot get sealed secret service: service \"s\" in namespace \"kube-system\" has no port for requests",
        "is --controller-name right? \"kubectl get services -A -l app.kubernetes.io/name=sealed-secrets\" shows where a Helm chart put it",
    );
}

#[test]
fn a_name_cannot_lead_elsewhere() {
    let api = FakeApi::http(|_| certificate());
    for (name, shown) in [
        ("a/b c", "a/b c"),
        ("..", ".."),
        ("", ""),
        ("x\u{1b}[2J", "x?[2J"),
    ] {
        assert_failure(
            &api,
            &server(&api),
            &named(name),
            &format!("\"{shown}\" cannot be the name of a service"),
            "",
        );
    }
    let mut controller = anywhere();
    controller.namespace = "kube-system/../default".to_owned();
    assert_failure(
        &api,
        &server(&api),
        &controller,
        "\"kube-system/../default\" cannot be the name of a namespace",
        "",
    );
    assert!(api.asked().is_empty());
}

#[test]
fn a_server_below_a_path_is_asked_below_it() {
    let api = FakeApi::http(|asked| {
        let path = asked.path.strip_prefix("/k8s/clusters/c-1").unwrap();
        match path.strip_prefix(SERVICES).unwrap() {
            "/s" => json("200 OK", &service("s", &[""])),
            "/http:s:/proxy/v1/cert.pem" => certificate(),
            _ => text("500 Internal Server Error", "unexpected"),
        }
    });
    let mut options = server(&api);
    options.server = Some(format!("{}/k8s/clusters/c-1/", api.url()));
    assert_eq!(fetch(&options, &named("s")).unwrap(), CERTIFICATE);
}
