//! Which kubeconfig files count, what several of them make together, and the namespace in them.

use std::ffi::OsString;
use std::path::PathBuf;

use rseal::cluster::{ConnectOptions, Environment, fetch_certificate, namespace};

use crate::fake_api::{CERTIFICATE, FakeApi, tls};
use crate::trust::working;
use crate::{Folder, assert_namespace, kubeconfig, named, using};

/// `KUBECONFIG` with these files.
fn environment(paths: &[PathBuf]) -> Environment {
    Environment {
        kubeconfig: Some(std::env::join_paths(paths).unwrap()),
        ..Environment::default()
    }
}

fn in_context(name: &str) -> ConnectOptions {
    ConnectOptions {
        context: Some(name.to_owned()),
        ..ConnectOptions::default()
    }
}

/// Message and hint of a namespace that cannot be told.
fn failure(options: &ConnectOptions, environment: &Environment) -> (String, String) {
    let error = namespace(options, environment).unwrap_err();
    (error.to_string(), error.hint().unwrap_or_default())
}

const FIRST: &str = "current-context: ''
contexts:
- {name: a, context: {cluster: a, user: a, namespace: from-a}}
";
const SECOND: &str = "current-context: b
contexts:
- {name: a, context: {cluster: a, user: a, namespace: hidden}}
- {name: b, context: {cluster: c, user: b, namespace: from-b}}
- {name: bare, context: {cluster: c, user: b}}
- {name: lost, context: {cluster: nowhere, user: b}}
clusters:
- {name: c, cluster: {server: 'https://c.test', certificate-authority: gone.pem}}
";

#[test]
fn several_files_make_one_and_the_first_wins() {
    let folder = Folder::new();
    let files = [
        folder.write("first", FIRST),
        folder.path("missing"),
        folder.write("second", SECOND),
    ];
    let environment = environment(&files);
    // An empty current-context is none.
    assert_namespace(&ConnectOptions::default(), &environment, Some("from-b"));
    assert_namespace(&in_context("a"), &environment, Some("from-a"));
    assert_namespace(&in_context("bare"), &environment, Some("default"));
    assert_namespace(&in_context("lost"), &environment, None);
    let by_cluster = ConnectOptions {
        cluster: Some("c".to_owned()),
        ..in_context("lost")
    };
    assert_namespace(&by_cluster, &environment, Some("default"));
    assert_eq!(
        failure(&in_context("nope"), &environment),
        (
            "context \"nope\" does not exist".to_owned(),
            "choose with --context: a, b, bare, lost".to_owned()
        )
    );
    let nowhere = ConnectOptions {
        cluster: Some("nope".to_owned()),
        ..in_context("bare")
    };
    assert_eq!(
        failure(&nowhere, &environment),
        (
            "cluster \"nope\" does not exist".to_owned(),
            "choose with --cluster: c".to_owned()
        )
    );
}

#[test]
fn a_connection_can_come_from_several_files_with_relative_paths_each() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let pem = std::fs::read_to_string(tls("ca.pem")).unwrap();
    folder.write("clusters/ca.pem", &pem);
    folder.write("users/token", "abc");
    let files = [
        folder.write("config", FIRST),
        folder.write(
            "clusters/config",
            &format!(
                "current-context: x\ncontexts: [{{name: x, context: {{cluster: x, user: x}}}}]\n\
                 clusters: [{{name: x, cluster: {{server: '{}', certificate-authority: ca.pem}}}}]\n",
                api.url()
            ),
        ),
        folder.write(
            "users/config",
            "users: [{name: x, user: {tokenFile: ./token}}]\n",
        ),
    ];
    let certificate = fetch_certificate(
        &ConnectOptions::default(),
        &environment(&files),
        &named("s"),
    )
    .unwrap();
    assert_eq!(certificate, CERTIFICATE.as_bytes());
    assert_eq!(api.asked()[0].header("authorization"), ["Bearer abc"]);

    let options = ConnectOptions {
        user: Some("nope".to_owned()),
        ..ConnectOptions::default()
    };
    let error = fetch_certificate(&options, &environment(&files), &named("s")).unwrap_err();
    assert_eq!(error.to_string(), "user \"nope\" does not exist");
    assert_eq!(error.hint().unwrap(), "choose with --user: x");
}

#[test]
fn the_flag_s_file_is_alone_and_must_exist() {
    let folder = Folder::new();
    let environment = environment(&[folder.write("second", SECOND)]);
    let first = using(folder.write("first", FIRST));
    assert_namespace(&first, &environment, None);
    let missing = using(folder.path("missing"));
    assert_eq!(
        failure(&missing, &environment),
        (
            format!(
                "error loading config file \"{}\": no such file or directory",
                folder.path("missing").display()
            ),
            "name the right file with --kubeconfig or KUBECONFIG".to_owned()
        )
    );
    let empty = using(PathBuf::new());
    assert_namespace(&empty, &environment, Some("from-b"));
}

#[test]
fn the_home_directory_has_the_usual_file() {
    let folder = Folder::new();
    let mut environment = Environment {
        home: Some(folder.path("")),
        ..Environment::default()
    };
    assert_namespace(&ConnectOptions::default(), &environment, None);
    folder.write(".kube/config", SECOND);
    assert_namespace(&ConnectOptions::default(), &environment, Some("from-b"));
    environment.kubeconfig = Some(OsString::new());
    assert_namespace(&ConnectOptions::default(), &environment, Some("from-b"));
    environment.kubeconfig = Some("/nowhere".into());
    assert_namespace(&ConnectOptions::default(), &environment, None);
}

#[test]
fn a_file_that_is_no_kubeconfig_is_named_and_not_quoted() {
    let folder = Folder::new();
    let secret = "users:\n- name: u\n  user: {token: [secret-token]}\n";
    let path = folder.write("broken", secret);
    let (message, hint) = failure(&using(path.clone()), &Environment::default());
    assert_eq!(
        message,
        format!(
            "error loading config file \"{}\": line 3: this is no kubeconfig",
            path.display()
        )
    );
    assert_eq!(
        hint,
        format!(
            "\"kubectl config view --kubeconfig {}\" says what is wrong with it",
            path.display()
        )
    );
    for text in ["a: b: c\n", "\tx", "- 1\n", "token: \"secret"] {
        let path = folder.write("broken", text);
        let error = namespace(&using(path.clone()), &Environment::default()).unwrap_err();
        let message = error.to_string();
        let start = format!("error loading config file \"{}\": ", path.display());
        assert!(message.starts_with(&start), "{message}");
        assert!(message.ends_with("this is no kubeconfig"), "{message}");
        assert!(!format!("{error:?}").contains("secret"));
    }
    let folder_as_file = using(folder.path(""));
    let (message, _) = failure(&folder_as_file, &Environment::default());
    assert!(message.ends_with("/\": is a directory"), "{message}");
}

#[test]
fn a_file_in_utf16_is_read_unless_it_ends_with_half_a_character() {
    let folder = Folder::new();
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let units = std::iter::once(0xfeff).chain(SECOND.encode_utf16());
        let mut bytes: Vec<u8> = units.flat_map(order).collect();
        let path = folder.path("config");
        std::fs::write(&path, &bytes).unwrap();
        let options = using(path.clone());
        assert_namespace(&options, &Environment::default(), Some("from-b"));
        bytes.pop();
        std::fs::write(&path, &bytes).unwrap();
        let (message, _) = failure(&options, &Environment::default());
        let lines = SECOND.lines().count();
        let end = format!("config\": line {lines}: this is no kubeconfig");
        assert!(message.ends_with(&end), "{message}");
    }
}

#[test]
fn only_what_names_the_namespace_is_looked_at() {
    let folder = Folder::new();
    let text = kubeconfig(
        &["server: https://c.test", "certificate-authority: gone.pem"],
        &[
            "client-certificate: gone",
            "client-key: gone",
            "exec: {command: gone}",
        ],
    );
    let options = using(folder.write("config", &text));
    assert_namespace(&options, &Environment::default(), Some("default"));
    let other_user = ConnectOptions {
        user: Some("nope".to_owned()),
        ..options
    };
    assert_namespace(&other_user, &Environment::default(), Some("default"));
}

#[test]
fn a_server_by_flag_is_a_cluster() {
    let options = ConnectOptions {
        server: Some("https://c.test".to_owned()),
        ..ConnectOptions::default()
    };
    assert_namespace(&options, &Environment::default(), Some("default"));
    assert_namespace(&ConnectOptions::default(), &Environment::default(), None);
}

/// A pod, with its service account in a folder.
fn pod(folder: &Folder) -> Environment {
    folder.write("account/token", "pod-token\n");
    Environment {
        service_host: Some("127.0.0.1".to_owned()),
        service_port: Some("1".to_owned()),
        service_account: folder.path("account"),
        ..Environment::default()
    }
}

#[test]
fn a_pod_has_a_namespace_of_its_own() {
    let folder = Folder::new();
    let mut environment = pod(&folder);
    let nothing = ConnectOptions::default();
    assert_namespace(&nothing, &environment, Some("default"));
    folder.write("account/namespace", " from-file\n");
    assert_namespace(&nothing, &environment, Some("from-file"));
    environment.pod_namespace = Some("from-variable".to_owned());
    assert_namespace(&nothing, &environment, Some("from-variable"));
    // It wins over a default that is only implied, and over nothing else.
    environment.kubeconfig = Some(folder.write("second", SECOND).into());
    assert_namespace(&in_context("bare"), &environment, Some("from-variable"));
    assert_namespace(&nothing, &environment, Some("from-b"));
    // Half a pod is none.
    environment.service_port = None;
    assert_namespace(&in_context("bare"), &environment, Some("default"));
}

#[test]
fn a_pod_reaches_its_own_cluster() {
    let api = FakeApi::https(working);
    let folder = Folder::new();
    let mut environment = pod(&folder);
    environment.service_port = Some(api.address.port().to_string());
    let pem = std::fs::read_to_string(tls("ca.pem")).unwrap();
    folder.write("account/ca.crt", &pem);
    let options = ConnectOptions::default();
    let fetch = |options: &ConnectOptions| {
        fetch_certificate(options, &environment, &named("s")).unwrap();
        let last = api.asked().pop().unwrap();
        last.header("authorization").join(" ")
    };
    assert_eq!(fetch(&options), "Bearer pod-token");
    let flag = ConnectOptions {
        token: Some("flag".to_owned().into()),
        certificate_authority: Some(tls("ca.pem")),
        ..options
    };
    assert_eq!(fetch(&flag), "Bearer flag");
}

#[test]
fn nothing_to_connect_to() {
    let folder = Folder::new();
    let error = |environment: &Environment, options: &ConnectOptions| {
        let error = fetch_certificate(options, environment, &named("s")).unwrap_err();
        (error.to_string(), error.hint().unwrap_or_default())
    };
    const HINT: &str =
        "name a kubeconfig with --kubeconfig or KUBECONFIG, or seal offline with --cert";
    let nothing = ConnectOptions::default();
    assert_eq!(
        error(&Environment::default(), &nothing),
        (
            "invalid configuration: no configuration has been provided: KUBECONFIG is not set and there is no home directory".to_owned(),
            HINT.to_owned()
        )
    );
    let two = [folder.path("a"), folder.path("b")];
    assert_eq!(
        error(&environment(&two), &nothing).0,
        format!(
            "invalid configuration: no configuration has been provided: no cluster in {}, {}",
            two[0].display(),
            two[1].display()
        )
    );
    assert_eq!(
        error(&environment(&[folder.write("first", FIRST)]), &nothing),
        (
            "the kubeconfig has no current-context, and none was asked for".to_owned(),
            "choose with --context: a".to_owned()
        )
    );
    let empty = using(folder.write("config", &kubeconfig(&["tls-server-name: x"], &[])));
    assert_eq!(
        error(&Environment::default(), &empty),
        (
            "cluster \"c\": no server".to_owned(),
            "name it with --server".to_owned()
        )
    );
}

#[test]
fn the_kubeconfigs_that_clouds_write_are_read() {
    let folder = Folder::new();
    for (name, text) in [
        ("eks", include_str!("kubeconfigs/eks.yaml")),
        ("gke", include_str!("kubeconfigs/gke.yaml")),
        ("aks", include_str!("kubeconfigs/aks.yaml")),
        ("minikube", include_str!("kubeconfigs/minikube.yaml")),
        ("k3s", include_str!("kubeconfigs/k3s.yaml")),
    ] {
        let options = using(folder.write(name, text));
        let expected = if name == "minikube" {
            "apps"
        } else {
            "default"
        };
        assert_namespace(&options, &Environment::default(), Some(expected));
    }
}
