//! What the extracts of the sample have in common.

use super::person::Person;
use super::row::{Column, Medium, Row};

/// The shape of one file.
#[derive(Debug, Clone)]
pub struct Form {
    pub medium: Medium,
    /// The columns, in the file's order.
    pub header: Vec<Column>,
}

impl Form {
    /// A form with the declared columns, those that only mixed files have among them.
    ///
    /// A file as offices send it tells the certificate's type and may end with a column that no contract declares.
    pub fn of(extract: &impl Extract, medium: Medium) -> Self {
        let mut header = extract.columns().to_vec();
        if medium != Medium::Plain {
            if let Some(at) = header.iter().position(|(name, _)| *name == "certno")
                && !header.iter().any(|(name, _)| *name == CERTIFICATE_TYPE.0)
            {
                header.insert(at + 1, CERTIFICATE_TYPE);
            }
            header.extend(extract.undeclared());
        }
        Self { medium, header }
    }

    pub fn is_plain(&self) -> bool {
        self.medium == Medium::Plain
    }
}

/// In every extract with a certificate, if its office tells.
pub const CERTIFICATE_TYPE: Column = ("psn_cert_type", "证件类型");

/// One extract of the county.
pub trait Extract: Sync {
    /// The columns of a plain file.
    fn columns(&self) -> &'static [Column];

    /// Columns that mixed files have besides.
    fn undeclared(&self) -> &'static [Column] {
        &[]
    }

    /// Puts down all rows about a person.
    fn write<R: Row>(&self, person: &Person<'_>, form: &Form, row: &mut R);
}
