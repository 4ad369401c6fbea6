//! The operators that pipelines may call.

use super::operator::Operator;

/// The operators at hand, in the order in which messages list them.
#[derive(Debug, Clone)]
pub struct OperatorRegistry {
    operators: Vec<&'static dyn Operator>,
}

impl OperatorRegistry {
    /// These operators.
    pub fn new(operators: &[&'static dyn Operator]) -> Self {
        Self { operators: operators.to_vec() }
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, operator: &'static dyn Operator) -> Self {
        self.operators.push(operator);
        self
    }

    /// The operator with this name.
    pub fn named(&self, name: &str) -> Option<&'static dyn Operator> {
        self.iter().find(|operator| operator.spec().name == name)
    }

    /// The names of all operators.
    pub fn names(&self) -> Vec<String> {
        self.iter().map(|operator| operator.spec().name.to_owned()).collect()
    }

    /// All operators.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn Operator> {
        self.operators.iter().copied()
    }
}
