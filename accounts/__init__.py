"""Organizations and persons that the firm does business with: prospects and customers in one table."""
