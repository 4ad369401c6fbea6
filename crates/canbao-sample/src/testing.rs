//! For tests: the packs of the project.

use canbao_rules::policy::Packs;

/// The packs in the project's `pipelines/policies/`.
pub(crate) fn shipped_packs() -> Packs {
    Packs::parse([
        ("141121.toml", include_str!("../../../pipelines/policies/141121.toml")),
        ("331100.toml", include_str!("../../../pipelines/policies/331100.toml")),
        ("340322.toml", include_str!("../../../pipelines/policies/340322.toml")),
        ("340600.toml", include_str!("../../../pipelines/policies/340600.toml")),
        ("411600.toml", include_str!("../../../pipelines/policies/411600.toml")),
    ])
    .unwrap()
}
