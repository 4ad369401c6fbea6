//! Who a row is about: resident numbers, other certificates, division codes, and what of them may be shown.
//!
//! A resident number is parsed once, into a type that packs into 64 bits and sorts like its text.
//! Certificates of other types are interned; both end as a [`PersonKey`], and from there on the
//! program joins integers. Text appears again only where a dataset is written.

mod certificate;
mod division;
mod mask;
mod pseudonym;
mod resident;
mod running_text;

pub use certificate::{Certificate, CertificateFault, KeyRenumbering, OtherCertificates, PersonKey};
pub use division::DivisionCode;
pub use mask::{mask, mask_name};
pub use pseudonym::Pseudonym;
pub use resident::{BadResidentNumber, ResidentNumber};
pub use running_text::{Masked, mask_text};
