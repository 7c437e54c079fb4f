//! How long texts and bytes may be that MySQL has to index: it takes 3,072 bytes for all columns of an index.

use ommi_core::schema::{FieldType, ModelDef};

const INDEX_BYTES: u32 = 3072;

/// utf8mb4 counts each code point as so many.
const CODE_POINT_BYTES: u32 = 4;

/// The most code points, or bytes, that the field may hold; nothing where it is in no key, index or reference.
pub(super) fn indexed_length(model: &ModelDef, field: usize) -> Option<u32> {
    let types = |group: &Vec<usize>| group.iter().map(|field| &model.fields()[*field].ty).collect();
    let groups: Vec<Vec<&FieldType>> =
        groups(model).iter().filter(|group| group.contains(&field)).map(types).collect();
    length_in(&groups, model.fields()[field].max_length)
}

/// The most code points, or bytes, of a column that stands in indexes over columns of these types; nothing where there
/// is none.
pub(crate) fn length_in(indexes: &[Vec<&FieldType>], max_length: Option<u32>) -> Option<u32> {
    let share = indexes.iter().map(|types| share(types)).min()?;
    Some(match max_length {
        // One more, since MySQL would cut off spaces that are too many, whatever its mode; the check refuses them.
        Some(limit) => share.min(limit.saturating_add(1)),
        None => share,
    })
}

/// The columns of each index that the table has or gets.
fn groups(model: &ModelDef) -> Vec<Vec<usize>> {
    let mut groups = vec![model.key().to_vec()];
    groups.extend(
        (0..model.fields().len()).filter(|field| model.fields()[*field].unique).map(|field| vec![field]),
    );
    groups.extend(model.indexes().iter().map(|index| index.fields.clone()));
    groups.extend(model.references().iter().map(|reference| reference.fields.clone()));
    groups
}

/// What each column of varying length gets of an index's bytes.
fn share(types: &[&FieldType]) -> u32 {
    let sizes: Vec<Option<u32>> = types.iter().map(|ty| fixed_size(ty)).collect();
    let fixed: u32 = sizes.iter().flatten().sum();
    let varying = sizes.iter().filter(|size| size.is_none()).count().max(1) as u32;
    INDEX_BYTES.saturating_sub(fixed) / varying / CODE_POINT_BYTES
}

/// The bytes of a column in an index, one for NULL included; nothing where they vary.
fn fixed_size(ty: &FieldType) -> Option<u32> {
    match ty {
        FieldType::Text | FieldType::Bytes | FieldType::Json | FieldType::List(_) => None,
        FieldType::Bool => Some(2),
        FieldType::Int | FieldType::Float | FieldType::Duration => Some(9),
        FieldType::Decimal => Some(31),
        FieldType::Uuid => Some(17),
        FieldType::DateTime => Some(40 * CODE_POINT_BYTES + 1),
        FieldType::NaiveDateTime | FieldType::Timestamp => Some(9),
        FieldType::Date => Some(4),
        FieldType::Time => Some(7),
    }
}
