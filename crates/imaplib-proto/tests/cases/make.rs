//! Values of types that may get more fields, written like literals.

/// `make!(Type { field: value, ..base })`, where the base is `Type::default()` if none is there.
macro_rules! make {
    (@set $made:ident $field:ident) => {
        $made.$field = $field;
    };
    (@set $made:ident $field:ident $value:expr) => {
        $made.$field = $value;
    };
    ($type:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {
        make!($type { $($field $(: $value)?,)* ..$type::default() })
    };
    ($type:ident { $($field:ident $(: $value:expr)?,)* ..$base:expr }) => {{
        let mut made: $type = $base;
        $(make!(@set made $field $($value)?);)*
        made
    }};
}
