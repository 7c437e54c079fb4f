use super::*;

fn server(code: u16, message: &str) -> Error {
    translated(mysql_async::Error::Server(ServerError {
        code,
        message: message.into(),
        state: "HY000".into(),
    }))
}

#[test]
fn a_duplicate_names_its_key_and_not_the_value() {
    for name in ["email", "odd.name", "'"] {
        let error = server(1062, &format!("Duplicate entry 'ada's' for key '{name}'"));
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        assert_eq!(error.constraint(), Some(name));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(!error.to_string().contains("ada") && !source.contains("ada"), "{error} / {source}");
    }
}

#[test]
fn a_foreign_key_names_its_columns() {
    let error = server(
        1452,
        "Cannot add or update a child row: a foreign key constraint fails (`test`.`posts`, CONSTRAINT `fk` FOREIGN \
         KEY (`author_id`, `b``c`) REFERENCES `users` (`id`, `x`) ON DELETE CASCADE)",
    );
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(
        (error.constraint(), error.columns()),
        (Some("fk"), &["author_id".to_owned(), "b`c".to_owned()][..])
    );
}

#[test]
fn a_required_column_and_a_check_are_named() {
    let error = server(1048, "Column 'name' cannot be null");
    assert_eq!((error.kind(), error.columns()), (ErrorKind::NotNullViolation, &["name".to_owned()][..]));
    let error = server(4025, "CONSTRAINT `positive` failed for `shop`.`items`");
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::CheckViolation, Some("positive")));
    let error = server(3819, "Check constraint 'positive' is violated.");
    assert_eq!(error.constraint(), Some("positive"));
}

#[test]
fn a_value_that_does_not_fit_names_its_column_only() {
    for message in [
        "Incorrect integer value: 'se'cret' for column `db`.`t`.`age` at row 1",
        "Data too long for column 'age' at row 1",
        "Out of range value for column 'age' at row 3",
    ] {
        let error = server(1366, message);
        assert_eq!((error.kind(), error.columns()), (ErrorKind::Query, &["age".to_owned()][..]));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(!error.to_string().contains("cret") && !source.contains("cret"), "{error} / {source}");
    }
}

#[test]
fn numbers_have_the_kinds_that_programs_decide_by() {
    for (code, kind) in [
        (1213, ErrorKind::Conflict),
        (1205, ErrorKind::Lock),
        (1146, ErrorKind::ModelNotFound),
        (1969, ErrorKind::Timeout),
        (3024, ErrorKind::Timeout),
        (1317, ErrorKind::Cancelled),
        (1045, ErrorKind::Connection),
        (1049, ErrorKind::Connection),
        (1040, ErrorKind::Connection),
        (1927, ErrorKind::Connection),
        (1792, ErrorKind::Storage),
        (1114, ErrorKind::Storage),
        (1153, ErrorKind::Validation),
        (1690, ErrorKind::Query),
        (1064, ErrorKind::Query),
    ] {
        assert_eq!(server(code, "some 'thing'").kind(), kind, "{code}");
    }
}

#[test]
fn what_is_not_known_is_shown_without_values() {
    let error = server(9999, "Something about 'se'cret' happened");
    assert!(error.to_string().contains("Something about '...' happened"), "{error}");
    assert!(!server(9999, "Broken 'secret").to_string().contains("secret"));
}

#[test]
fn a_missing_table_is_named() {
    let error = server(1146, "Table 'shop.users' doesn't exist");
    assert!(error.to_string().contains("\"users\""), "{error}");
}
