//! The table of a policy's parameters, for `plan` and `check-policy`.

use super::table::table;
use crate::pipeline::ParameterPreview;

/// Every parameter with value, unit, first day and source; readings are marked.
pub fn parameters(parameters: &[ParameterPreview]) -> String {
    let rows = parameters.iter().map(|parameter| {
        let unit = if parameter.not_stated { "" } else { parameter.unit };
        let value = format!("{} {unit}", parameter.value).trim_end().to_owned();
        let reading = if parameter.reading { " (reading)" } else { "" };
        let name = parameter.name.clone().unwrap_or_default();
        vec![parameter.parameter.clone(), name, value, parameter.from.clone(), format!("{}{reading}", parameter.source)]
    });
    table(&["parameter", "name", "value", "from", "source"], rows)
}
