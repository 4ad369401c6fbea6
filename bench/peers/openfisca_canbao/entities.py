"""Records and residents."""

from openfisca_core.entities import build_entity

Record = build_entity(key="record", plural="records", label="Enrollment record", is_person=True)
Resident = build_entity(
    key="resident", plural="residents", label="Person with any number of enrollment records",
    roles=[{"key": "record_of", "plural": "records_of", "label": "Records of the person"}],
)
ENTITIES = [Record, Resident]
