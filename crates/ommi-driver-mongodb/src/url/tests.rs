use std::time::Duration;

use ommi_core::ErrorKind;

use super::*;

fn read(url: &str) -> MongodbConfig {
    MongodbConfig::from_url(url).unwrap()
}

#[test]
fn every_part_is_read() {
    let config = read(
        "mongodb://me%40home:p%2Fss%3Aw%40rd@a.example,b.example:27018,[::1]/shop?replicaSet=rs0&maxPoolSize=7\
         &minPoolSize=2&maxIdleTimeMS=1500&waitQueueTimeoutMS=250&connectTimeoutMS=3000&appName=till&ssl=true\
         &statement_timeout=1.5&readPreference=nearest&readPreferenceTags=dc:ny&readPreferenceTags=",
    );
    let hosts = [("a.example", None), ("b.example", Some(27018)), ("::1", None)];
    assert_eq!(config.hosts, hosts.map(|(name, port)| (name.to_owned(), port)));
    assert_eq!((config.user.as_deref(), config.password.as_deref()), (Some("me@home"), Some("p/ss:w@rd")));
    assert_eq!(config.database.as_deref(), Some("shop"));
    assert_eq!((config.option("replicaset"), config.option("tls")), (Some("rs0"), Some("true")));
    assert_eq!((config.pool.max_connections, config.pool.min_connections), (7, 2));
    assert_eq!(config.pool.idle_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(config.pool.connection_timeout, Duration::from_millis(250));
    assert_eq!(config.connect_timeout, Duration::from_secs(3));
    assert_eq!(config.statement_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(config.application_name.as_deref(), Some("till"));
    let tags = [("readPreferenceTags", "dc:ny".to_owned()), ("readPreferenceTags", String::new())];
    assert!(tags.iter().all(|tag| config.options.contains(tag)));
    config.check().unwrap();
    assert_eq!(config.describe(), "a.example:27017,b.example:27018,[::1]:27017/shop");
}

#[test]
fn names_are_told_apart_without_case_and_marks() {
    let mut config = MongodbConfig::new("db", "shop");
    for (name, value) in [
        ("read_preference", "secondary"),
        ("READPREFERENCE", "nearest"),
        ("replica-set", "rs1"),
        ("wtimeoutms", "100"),
        ("application-name", "x"),
    ] {
        config.set(name, value).unwrap();
    }
    assert_eq!(config.option("readPreference"), Some("nearest"));
    assert_eq!((config.option("replicaSet"), config.option("wTimeoutMS")), (Some("rs1"), Some("100")));
    config.set("replicaSet", "").unwrap();
    assert_eq!(config.option("replicaSet"), None, "nothing unsets it");
    assert_eq!(config.application_name.as_deref(), Some("x"));
}

#[test]
fn pairs_say_the_same_as_a_url() {
    let pairs = [
        ("host", "a,b:27018"),
        ("user", "app"),
        ("password", "s/cret"),
        ("database", "shop"),
        ("authSource", "admin"),
        ("max_connections", "5"),
    ];
    let url = "mongodb://app:s%2Fcret@a,b:27018/shop?authSource=admin&max_connections=5";
    assert_eq!(MongodbConfig::from_pairs(pairs).unwrap(), read(url));
}

#[test]
fn the_environment_overrides_parts_of_its_url() {
    let variables = [("MONGODB_URI", "mongodb://db:1/a"), ("MONGODB_DATABASE", "b"), ("MONGODB_USER", "")];
    let value =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let config = MongodbConfig::from_variables(value).unwrap();
    assert_eq!((config.describe().as_str(), config.user), ("db:1/b", None));
}

#[test]
fn what_is_wrong_is_said_and_no_password_is_shown() {
    let check = |url: &str| MongodbConfig::from_url(url).and_then(|config| config.check());
    for (url, part) in [
        ("mysql://u:secret@h/d", "begins with mongodb://"),
        ("mongodb://u:secret@h/", "names the database"),
        ("mongodb://u:secret@h/a.b", "the name of a MongoDB database"),
        ("mongodb://u:secret@h/d?frob=1", "MongoDB has no option \"frob\""),
        ("mongodb://u:secret@h/d?maxPoolSize=many", "max_connections takes"),
        ("mongodb://u:secret@h/d?maxIdleTimeMS=-1", "takes milliseconds"),
        ("mongodb://u:secret@h/d?w=0", "w=0 is refused"),
        ("mongodb://u:secret@h/d?tls=perhaps", "tls"),
        ("mongodb://u:secret@h/d?readPreference=secret", "not valid"),
        ("mongodb://:secret@h/d", "a password is given and no user"),
        ("mongodb+srv://u:secret@h:27017/d", "names one host, without a port"),
        ("mongodb+srv://u:secret@a,b/d", "names one host, without a port"),
    ] {
        let error = check(url).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Validation, "{url}: {error}");
        assert!(error.to_string().contains(part), "{url}: {error}");
        assert!(!error.to_string().contains("secret"), "{url}: {error}");
    }
    let shown =
        format!("{:?}", read("mongodb://u:secret@h/d?authMechanismProperties=AWS_SESSION_TOKEN:secret"));
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn what_would_not_be_done_is_refused_by_its_name() {
    for (name, reason) in REFUSED {
        let written = name.to_uppercase();
        let error =
            MongodbConfig::from_url(&format!("mongodb://u:secret@h/d?{written}=secret")).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Validation, "{name}: {error}");
        assert!(error.message().contains(name) && error.message().contains(reason), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

/// The options of MongoDB's specification of URLs, with a value that each takes.
const SPECIFIED: &str = "appName=a authMechanism=PLAIN authMechanismProperties=SERVICE_NAME:a authSource=admin compressors=zlib \
    connectTimeoutMS=1 directConnection=true enableOverloadRetargeting=true heartbeatFrequencyMS=1000 journal=true \
    loadBalanced=false localThresholdMS=1 maxAdaptiveRetries=2 maxConnecting=3 maxIdleTimeMS=1 maxPoolSize=1 \
    maxStalenessSeconds=100 minPoolSize=1 proxyHost=a proxyPassword=a proxyPort=1 proxyUsername=a readConcernLevel=local \
    readPreference=nearest readPreferenceTags=dc:ny replicaSet=a retryReads=true retryWrites=false \
    serverMonitoringMode=poll serverSelectionTimeoutMS=1 serverSelectionTryOnce=true socketTimeoutMS=1 srvMaxHosts=1 \
    srvServiceName=a ssl=true timeoutMS=1 tls=true tlsAllowInvalidCertificates=true tlsAllowInvalidHostnames=true \
    tlsCAFile=a tlsCertificateKeyFile=a tlsCertificateKeyFilePassword=a tlsDisableCertificateRevocationCheck=true \
    tlsDisableOCSPEndpointCheck=true tlsInsecure=true uuidRepresentation=standard w=majority waitQueueTimeoutMS=1 \
    wTimeoutMS=1 zlibCompressionLevel=1";

#[test]
fn every_option_of_the_specification_is_honoured_or_refused() {
    let mut refused = 0;
    for option in SPECIFIED.split_whitespace() {
        let (name, value) = option.split_once('=').unwrap();
        match MongodbConfig::from_url(&format!("mongodb://h/d?{option}")) {
            Ok(config) => {
                let known = config.options.iter().any(|(known, kept)| is_named(known, name) && kept == value);
                assert!(known || OTHER_NAMES.iter().any(|(other, _)| is_named(other, name)), "{option}");
            }
            Err(error) => {
                refused += 1;
                assert!(error.message().contains(&format!("{name} is refused")), "{option}: {error}");
            }
        }
    }
    assert_eq!(refused, 14);
}

#[test]
fn the_crate_takes_what_it_is_given() {
    // Those that need others beside them stand with them.
    for options in [
        "retryWrites=false&retryReads=true&serverSelectionTimeoutMS=1&serverMonitoringMode=poll&localThresholdMS=1",
        "w=majority&wTimeoutMS=1&journal=true&readConcernLevel=local&heartbeatFrequencyMS=1000&maxConnecting=3",
        "readPreference=nearest&readPreferenceTags=dc:ny&maxStalenessSeconds=100&replicaSet=a&directConnection=true",
        "tls=true&tlsAllowInvalidCertificates=true&tlsCAFile=a&tlsCertificateKeyFile=b&loadBalanced=false",
        "tls=true&tlsInsecure=true&maxAdaptiveRetries=2&enableOverloadRetargeting=true",
    ] {
        read(&format!("mongodb://h/d?{options}")).check().expect(options);
    }
    for options in ["authMechanism=MONGODB-X509&tls=true", "authMechanism=MONGODB-X509&authSource=$external"]
    {
        read(&format!("mongodb://h/d?{options}")).check().expect(options);
    }
    read("mongodb://u:p@h/d?authMechanism=PLAIN&authSource=ldap").check().unwrap();
    read("mongodb+srv://u:p@cluster.example/d?srvMaxHosts=2&srvServiceName=other").check().unwrap();
}

#[test]
fn what_the_crate_cannot_do_is_not_valid() {
    for (options, part) in [
        ("authMechanism=GSSAPI", "GSSAPI"),
        ("authMechanism=MONGODB-AWS", "MONGODB-AWS"),
        ("w=majority&wTimeoutMS=soon", "integer"),
    ] {
        let outcome = MongodbConfig::from_url(&format!("mongodb://u:secret@h/d?{options}"));
        let error = outcome.and_then(|config| config.check()).expect_err(options);
        assert_eq!(error.kind(), ErrorKind::Validation, "{options}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(error.message().contains(part), "{options}: {error}");
    }
}
