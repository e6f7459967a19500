import KernelDatabase

extension Migration {
    static let containment = Migration(
        2,
        """
        CREATE TABLE quarantine (
            build TEXT NOT NULL,
            failure_class TEXT NOT NULL,
            module TEXT NOT NULL,
            count INTEGER NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER,
            reason TEXT NOT NULL,
            lifted_by TEXT,
            lifted_at INTEGER,
            PRIMARY KEY (build, failure_class)
        ) STRICT, WITHOUT ROWID;
        """)
}
