//! What statements for SQLite expect of a connection: functions, a collation and a table function that the
//! driver registers before it runs anything.

/// The functions by name and number of arguments. All are deterministic, and NULL in any argument gives NULL.
///
/// Results of `ommi_int_*` are 64-bit integers, and one that does not fit is an error. `ommi_decimal_*` take and
/// give canonical decimal text. A finite operation of `ommi_float_*` that overflows is an error, and what is not a
/// number is NULL. Division and remainder by zero are NULL. `ommi_like`, `ommi_ilike` and
/// `ommi_regex` take text and pattern, and give 0 or 1; `ommi_like` is for patterns that are not parameters. `ommi_lower` and
/// `ommi_upper` map letters as [`letters`](ommi_core::query::letters) says, `ommi_length` counts code points, `ommi_*_round` takes the
/// number of digits after the point and rounds half away from zero. `ommi_year`, `ommi_month`, `ommi_day` and `ommi_hour` take dates
/// and times as text, instants in UTC. `ommi_path_*` take a JSON text and the names of a path as a JSON list of texts, and give what
/// [`value_at`](ommi_core::query::value_at) does.
pub const FUNCTIONS: &[(&str, i32)] = &[
    ("ommi_int_add", 2),
    ("ommi_int_sub", 2),
    ("ommi_int_mul", 2),
    ("ommi_int_div", 2),
    ("ommi_int_rem", 2),
    ("ommi_decimal_add", 2),
    ("ommi_decimal_sub", 2),
    ("ommi_decimal_mul", 2),
    ("ommi_decimal_div", 2),
    ("ommi_decimal_rem", 2),
    ("ommi_float_add", 2),
    ("ommi_float_sub", 2),
    ("ommi_float_mul", 2),
    ("ommi_float_div", 2),
    ("ommi_float_rem", 2),
    ("ommi_like", 2),
    ("ommi_ilike", 2),
    ("ommi_regex", 2),
    ("ommi_lower", 1),
    ("ommi_upper", 1),
    ("ommi_length", 1),
    ("ommi_decimal_abs", 1),
    ("ommi_float_round", 2),
    ("ommi_decimal_round", 2),
    ("ommi_year", 1),
    ("ommi_month", 1),
    ("ommi_day", 1),
    ("ommi_hour", 1),
    ("ommi_path_bool", 2),
    ("ommi_path_int", 2),
    ("ommi_path_float", 2),
    ("ommi_path_text", 2),
];

/// The aggregate functions by name and number of arguments. NULLs do not take part, and of nothing each gives NULL.
///
/// `ommi_int_sum` gives a 64-bit integer, and it is an error where the whole sum does not fit; `ommi_int_avg` the exact sum
/// as a float, divided. `ommi_float_sum` is an error where finite floats overflow, and NULL where it is not a number.
/// `ommi_decimal_sum` takes and gives canonical decimal text.
pub const AGGREGATES: &[(&str, i32)] =
    &[("ommi_int_sum", 1), ("ommi_int_avg", 1), ("ommi_float_sum", 1), ("ommi_decimal_sum", 1)];

/// The collation that orders decimal text by the number's value. It is named in statements only, never in a
/// schema, so that other programs can open the database.
pub const DECIMAL_COLLATION: &str = "ommi_decimal";

/// The table function of `in` and `not_in`: one pointer argument, one column `value`.
pub const LIST_FUNCTION: &str = "rarray";
