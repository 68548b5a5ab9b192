"""What an administrator sets before data entry: the firm, catalogs, processes and stages, the readiness gate."""
