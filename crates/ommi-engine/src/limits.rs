//! `Limits`: which values a database cannot hold. They are refused before anything is sent, so that none is stored
//! as something else.

use bigdecimal::BigDecimal;
use jiff::Timestamp;
use ommi_core::driver::{DecimalLimit, Driver, share_of_index};
use ommi_core::query::Lock;
use ommi_core::schema::{FieldType, ModelDef};
use ommi_core::value::{Cell, Value};
use ommi_core::{Error, Result};

/// What a database cannot store or compute and the engine therefore refuses.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    database: &'static str,
    float_nan: bool,
    float_infinity: bool,
    float_remainder: bool,
    decimal: Option<DecimalLimit>,
    decimal_digits: Option<u32>,
    timestamp_microseconds: bool,
    bytes_order: bool,
    indexed_length: Option<u32>,
    indexed_bytes: Option<u32>,
    unique_at_statement_end: bool,
    own_references_follow: bool,
    lock_without_waiting: bool,
}

/// The longest value of a field in an index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Longest {
    limit: usize,
    /// Whether text counts by its bytes, and not by its characters.
    bytes: bool,
}

impl Limits {
    /// What `driver` declares.
    pub(crate) fn of(driver: &dyn Driver) -> Self {
        let capabilities = driver.capabilities();
        Self {
            database: driver.name(),
            float_nan: capabilities.float_nan,
            float_infinity: capabilities.float_infinity,
            float_remainder: capabilities.float_remainder,
            decimal: capabilities.decimal_limit,
            decimal_digits: capabilities.decimal_digits,
            timestamp_microseconds: capabilities.timestamp_microseconds,
            bytes_order: capabilities.bytes_order,
            indexed_length: capabilities.indexed_length,
            indexed_bytes: capabilities.indexed_bytes,
            unique_at_statement_end: capabilities.unique_at_statement_end,
            own_references_follow: capabilities.own_references_follow,
            lock_without_waiting: capabilities.lock_without_waiting,
        }
    }

    /// Refuses a value of type `ty` that the database cannot take, wherever it stands.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    #[inline]
    pub(crate) fn check(&self, value: &Value, ty: &FieldType) -> Result<()> {
        match value {
            Value::Float(value) => self.check_float(*value),
            Value::Decimal(value) => self.check_decimal(value),
            Value::Timestamp(value) => self.check_instant(*value, ty),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Text(_)
            | Value::Bytes(_)
            | Value::Uuid(_)
            | Value::DateTime(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::Duration(_)
            | Value::Json(_) => Ok(()),
        }
    }

    #[inline]
    pub(crate) fn check_float(&self, value: f64) -> Result<()> {
        if value.is_finite()
            || (value.is_nan() && self.float_nan)
            || (value.is_infinite() && self.float_infinity)
        {
            return Ok(());
        }
        Err(self.no_such_float(value))
    }

    #[cold]
    fn no_such_float(&self, value: f64) -> Error {
        let what = if value.is_nan() { "NaN" } else { "infinite floats" };
        Error::unsupported(format!("{} cannot hold {what}; use NULL, or leave the value out", self.database))
    }

    /// Fields of both kinds of dates hold every instant.
    #[inline]
    pub(crate) fn check_instant(&self, value: Timestamp, ty: &FieldType) -> Result<()> {
        if self.timestamp_microseconds
            || *ty != FieldType::Timestamp
            || value.subsec_nanosecond() % 1_000_000 == 0
        {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{} holds milliseconds in a field of instants, and the value is finer; round it, or declare the field as one \
             of dates with and without a zone",
            self.database
        )))
    }

    fn check_decimal(&self, value: &BigDecimal) -> Result<()> {
        if self.decimal.is_none() && self.decimal_digits.is_none() {
            return Ok(());
        }
        let value = value.normalized();
        self.check_all_digits(value.digits())?;
        let Some(limit) = self.decimal else { return Ok(()) };
        let fraction = value.fractional_digit_count();
        let whole = i64::try_from(value.digits()).unwrap_or(i64::MAX).saturating_sub(fraction);
        self.check_digits(limit, whole.max(0).unsigned_abs(), fraction.max(0).unsigned_abs())
    }

    /// As [`check`](Self::check), for the text of a decimal in its one form.
    pub(crate) fn check_decimal_text(&self, text: &str) -> Result<()> {
        if let Some(most) = self.decimal_digits
            && text.len() > most as usize
        {
            let of_number = text.trim_start_matches(['-', '0', '.']).trim_end_matches(['0', '.']);
            self.check_all_digits(of_number.bytes().filter(u8::is_ascii_digit).count() as u64)?;
        }
        let Some(limit) = self.decimal else { return Ok(()) };
        let digits = text.trim_start_matches(['-', '0']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        self.check_digits(limit, whole.len() as u64, fraction.len() as u64)
    }

    fn check_all_digits(&self, digits: u64) -> Result<()> {
        match self.decimal_digits {
            Some(most) if digits > u64::from(most) => Err(Error::unsupported(format!(
                "the decimal has {digits} digits, and {} holds {most}; round it, or store it as text",
                self.database
            ))),
            _fits => Ok(()),
        }
    }

    fn check_digits(&self, limit: DecimalLimit, whole: u64, fraction: u64) -> Result<()> {
        if whole <= u64::from(limit.whole) && fraction <= u64::from(limit.fraction) {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "the decimal has {whole} digits before the point and {fraction} after it, and {} holds {} and {}; round it, \
             or store it as text",
            self.database, limit.whole, limit.fraction
        )))
    }

    /// Refuses a lock that does not wait, where the database knows none.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    pub(crate) fn check_lock(&self, lock: Option<Lock>) -> Result<()> {
        match lock {
            None | Some(Lock::Wait) => Ok(()),
            Some(Lock::Skip | Lock::Refuse) if self.lock_without_waiting => Ok(()),
            Some(Lock::Skip | Lock::Refuse) => Err(Error::unsupported(format!(
                "{} cannot lock rows without waiting for others; lock them by for_update alone",
                self.database
            ))),
        }
    }

    /// How long the values of a field may be, where the database keeps an index with it.
    pub(crate) fn longest(&self, model: &ModelDef, field: usize) -> Option<Longest> {
        let share = |whole: Option<u32>, bytes: bool| {
            let limit = share_of_index(model, field, whole?)? as usize;
            Some(Longest { limit, bytes })
        };
        share(self.indexed_length, false).or_else(|| share(self.indexed_bytes, true))
    }

    /// Refuses a value that is too long for its field.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    pub(crate) fn check_length(&self, cell: &Cell<'_>, Longest { limit, bytes }: Longest) -> Result<()> {
        let (length, unit) = match cell {
            // Bytes bound characters from above, so that short text is not counted.
            Cell::Text(text) if text.len() > limit && !bytes => (text.chars().count(), "characters"),
            Cell::Text(text) => (text.len(), "bytes"),
            Cell::Bytes(bytes) => (bytes.len(), "bytes"),
            Cell::Decimal(text) if bytes => (text.len(), "digits"),
            _without_a_length => return Ok(()),
        };
        if length <= limit {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "the value has {length} {unit}, and {} holds {limit} in this field of a key, a reference, an index or a \
             unique one; shorten it, or index something else",
            self.database
        )))
    }

    /// Refuses an update of several rows that computes the values of fields which tell rows apart, where the database
    /// compares each row with the others as they are by then.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    pub(crate) fn check_computed_unique(&self) -> Result<()> {
        if self.unique_at_statement_end {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{} compares each row's new value with the rows that it has not come to yet, so that an update of several \
             rows cannot compute the values of a key or of unique fields: update the rows one by one in a transaction, \
             each found by its key or by an order and a limit of 1, in an order in which no value is taken",
            self.database
        )))
    }

    /// Refuses to change a field that rows of the same model refer to, where the database cannot let them follow.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    pub(crate) fn check_own_references(&self) -> Result<()> {
        if self.own_references_follow {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{} cannot change a field that rows of the same model refer to: add the row anew with the new value, let \
             the others refer to that one, and remove the old one",
            self.database
        )))
    }

    /// Refuses the remainder of floats where the database has none.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    pub(crate) fn check_float_remainder(&self) -> Result<()> {
        if self.float_remainder {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{} has no remainder of floats; use a decimal or an integer field",
            self.database
        )))
    }

    /// Refuses to put bytes in an order where the database has none of ours.
    ///
    /// # Errors
    /// `Unsupported`, naming the database.
    pub(crate) fn check_order(&self, ty: &FieldType) -> Result<()> {
        if self.bytes_order || *ty != FieldType::Bytes {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{} does not order bytes one by one; compare them for equality only, or store them as text",
            self.database
        )))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A database that holds neither NaN nor anything else that another might not.
    pub(crate) fn strict() -> Limits {
        Limits {
            database: "strict",
            float_nan: false,
            float_infinity: false,
            float_remainder: false,
            decimal: Some(DecimalLimit { whole: 3, fraction: 2 }),
            decimal_digits: Some(5),
            timestamp_microseconds: false,
            bytes_order: false,
            indexed_length: Some(4),
            indexed_bytes: None,
            unique_at_statement_end: false,
            own_references_follow: false,
            lock_without_waiting: false,
        }
    }

    /// A database that holds everything.
    pub(crate) fn free() -> Limits {
        Limits {
            database: "free",
            float_nan: true,
            float_infinity: true,
            float_remainder: true,
            decimal: None,
            decimal_digits: None,
            timestamp_microseconds: true,
            bytes_order: true,
            indexed_length: None,
            indexed_bytes: None,
            unique_at_statement_end: true,
            own_references_follow: true,
            lock_without_waiting: true,
        }
    }

    /// A database that holds everything but NaN.
    pub(crate) fn nanless() -> Limits {
        Limits { float_nan: false, ..free() }
    }

    #[test]
    fn decimals_are_measured_alike_as_numbers_and_as_text() {
        for (text, fits) in [
            ("0", true),
            ("999.99", true),
            ("-999.99", true),
            ("0.01", true),
            ("1000", false),
            ("0.001", false),
            ("-1000", false),
            ("-0.001", false),
        ] {
            let number = Value::from(text.parse::<BigDecimal>().unwrap());
            assert_eq!(strict().check(&number, &FieldType::Decimal).is_ok(), fits, "{text}");
            assert_eq!(strict().check_decimal_text(text).is_ok(), fits, "{text}");
            assert!(
                free().check(&number, &FieldType::Decimal).is_ok() && free().check_decimal_text(text).is_ok()
            );
        }
        for (text, fits) in
            [("1E2", true), ("1E3", false), ("1E1000000", false), ("1.10", true), ("1.100", true)]
        {
            let number = Value::from(text.parse::<BigDecimal>().unwrap());
            assert_eq!(strict().check(&number, &FieldType::Decimal).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn digits_are_counted_without_the_zeros_at_both_ends() {
        let five = Limits { decimal_digits: Some(5), ..free() };
        for (text, fits) in [
            ("123456", false),
            ("-1234.56", false),
            ("100001", false),
            ("12345", true),
            ("-12345000000000", true),
            ("0.00000000012345", true),
            ("1000000000000.0", true),
            ("0.000000000000", true),
        ] {
            let number = Value::from(text.parse::<BigDecimal>().unwrap());
            assert_eq!(five.check(&number, &FieldType::Decimal).is_ok(), fits, "{text}");
            assert_eq!(five.check_decimal_text(text).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn instants_are_limited_only_in_their_own_fields() {
        let fine = Value::Timestamp(Timestamp::from_microsecond(1).unwrap());
        let coarse = Value::Timestamp(Timestamp::from_millisecond(-1).unwrap());
        assert!(strict().check(&fine, &FieldType::Timestamp).is_err());
        assert!(strict().check(&fine, &FieldType::DateTime).is_ok());
        assert!(strict().check(&coarse, &FieldType::Timestamp).is_ok());
        assert!(free().check(&fine, &FieldType::Timestamp).is_ok());
    }

    #[test]
    fn floats_are_refused_by_what_they_are() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(strict().check(&Value::Float(value), &FieldType::Float).is_err());
            assert!(free().check(&Value::Float(value), &FieldType::Float).is_ok());
        }
        assert!(strict().check(&Value::Float(f64::MAX), &FieldType::Float).is_ok());
    }

    #[test]
    fn length_is_counted_in_characters_or_bytes_of_text_and_in_bytes() {
        let (characters, bytes) = (Longest { limit: 4, bytes: false }, Longest { limit: 4, bytes: true });
        let is_taken = |cell: Cell<'_>, longest| strict().check_length(&cell, longest).is_ok();
        assert!(is_taken(Cell::Text("äöüß"), characters) && !is_taken(Cell::Text("äöüß"), bytes));
        assert!(!is_taken(Cell::Text("äöüßx"), characters) && is_taken(Cell::Text("äö"), bytes));
        assert!(is_taken(Cell::Bytes(b"1234"), characters) && is_taken(Cell::Bytes(b"1234"), bytes));
        assert!(!is_taken(Cell::Decimal("12345"), bytes));
        let error = strict().check_length(&Cell::Bytes(b"12345"), characters).unwrap_err();
        assert!(error.message().contains("5 bytes, and strict holds 4"), "{error}");
    }
}
