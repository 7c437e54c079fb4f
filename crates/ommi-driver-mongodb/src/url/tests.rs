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
fn compression_is_left_out_and_nothing_else() {
    let config = read("mongodb://h/d?compressors=zstd,zlib&zlibCompressionLevel=3&retryWrites=false");
    assert_eq!((config.option("compressors"), config.option("retryWrites")), (None, Some("false")));
    config.check().unwrap();
}
