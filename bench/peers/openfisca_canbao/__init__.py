"""The rules of 五河县 for one person, as an OpenFisca country package.

What a policy analyst would write instead of canbao's `crates/canbao-rules/src/rules/`: variables over vectors, parameters with dates. The
parameters are read from canbao's own policy pack, so that both decide by the same figures; the formulas are written from
the documents. Enrollment records are OpenFisca's persons and residents its group: a resident has any number of records.

In: valid records, cover, history, who should be enrolled, categories, subsidy, who is missed and the ledgers, benefit
periods, reconciliation. Out: duplicates (groups of any size, judged again and again among themselves), mutual aid.
"""

from openfisca_core.taxbenefitsystems import TaxBenefitSystem

from . import benefits, persons, records
from .entities import ENTITIES
from .parameters import parameters_of

SLOTS = persons.SLOTS


class CanbaoTaxBenefitSystem(TaxBenefitSystem):
    """The rules with the parameters of one pack, as of one logical date."""

    def __init__(self, pack, today):
        super().__init__(ENTITIES)
        self.parameters = parameters_of(pack, today)
        for module in (records, persons, benefits):
            for variable in module.VARIABLES:
                self.add_variable(variable)
